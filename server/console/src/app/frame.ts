// Sizes of the frame around every page: the same before and after it is known who is looking.

export const FRAME = {
  header: { height: 48 },
  navbar: { width: 208, breakpoint: 'sm' },
  padding: 'md',
} as const;

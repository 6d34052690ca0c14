// Moments as people read them, in the zone of this computer; what is shown can be typed again.

function pad(value: number): string {
  return String(value).padStart(2, '0');
}

/** `2026-11-22 19:41:35`; a dash for none. */
export function formatMoment(time: string | null | undefined): string {
  if (time === null || time === undefined) return '–';
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  return `${day} ${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

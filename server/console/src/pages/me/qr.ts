// A QR code as the path of a picture: drawn by React, so that no markup is made from text.
import qrcode from 'qrcode-generator';

/** Pure: the size of the code in modules, and the path of its dark ones. */
export function drawQr(value: string): { readonly size: number; readonly path: string } {
  const code = qrcode(0, 'M');
  code.addData(value);
  code.make();
  const size = code.getModuleCount();
  const dark = Array.from({ length: size * size }, (_, at) => at).filter((at) =>
    code.isDark(Math.floor(at / size), at % size),
  );
  return { size, path: dark.map((at) => `M${at % size} ${Math.floor(at / size)}h1v1h-1z`).join('') };
}

// Files that a mail brings along, and those that receivers refuse.
import type { Part } from './structure.ts';

/** What Gmail and Outlook refuse whoever sends it; all of them run something when opened. */
const EXECUTABLE = new Set([
  ...['ade', 'adp', 'apk', 'appx', 'appxbundle', 'bat', 'cab', 'chm', 'cmd', 'com', 'cpl', 'diagcab', 'diagcfg'],
  ...['dll', 'dmg', 'ex', 'ex_', 'exe', 'hta', 'img', 'ins', 'iso', 'isp', 'jar', 'jnlp', 'js', 'jse', 'lib', 'lnk'],
  ...['mde', 'mjs', 'msc', 'msi', 'msix', 'msixbundle', 'msp', 'mst', 'nsh', 'pif', 'ps1', 'reg', 'scr', 'sct'],
  ...['shb', 'sys', 'vb', 'vbe', 'vbs', 'vhd', 'vxd', 'wsc', 'wsf', 'wsh', 'xll'],
]);
/** Documents with macros, and pages that open in a browser: taken, but looked at hard. */
const SUSPICIOUS = new Set([
  'docm',
  'dotm',
  'xlsm',
  'xlsb',
  'xltm',
  'pptm',
  'potm',
  'htm',
  'html',
  'shtml',
  'svg',
  'one',
]);
/** Characters of a name that are kept. */
const SHOWN = 100;

export interface Attachment {
  /** As written, shortened. */
  name: string;
  type: string;
  /** Bytes as they are sent. */
  bytes: number;
  kind: 'executable' | 'suspicious' | 'other';
}

/** The parts that are files: those with a name or the disposition `attachment`, pictures of the text left out. */
export function attachmentsOf(leaves: readonly Part[]): Attachment[] {
  return leaves
    .filter(({ disposition, filename, type, contentId }) =>
      type.startsWith('image/') && disposition !== 'attachment' && contentId !== ''
        ? false
        : disposition === 'attachment' || filename !== '',
    )
    .map(({ filename, type, body }) => ({
      name: shown(filename),
      type,
      bytes: body.length,
      kind: kindOf(filename),
    }));
}

function kindOf(name: string): Attachment['kind'] {
  // Windows ignores dots and blanks at the end of a name.
  const extension = /\.([a-z0-9_]{1,12})[. ]*$/i.exec(name.slice(-40))?.[1]?.toLowerCase() ?? '';
  return EXECUTABLE.has(extension) ? 'executable' : SUSPICIOUS.has(extension) ? 'suspicious' : 'other';
}

function shown(text: string): string {
  // Direction marks turn "exe.pdf" around.
  const clean = text.replace(/[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '?');
  return clean.length > SHOWN ? `${clean.slice(0, SHOWN)}…` : clean;
}

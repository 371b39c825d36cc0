// Other files that people submit instead of a mail, and the advice for each.

export interface OtherFile {
  bytes: readonly number[];
  /** Continues "The file is …". */
  what: string;
  instead: string;
}

/** Recognized by their first bytes. */
const OTHER_FILES: readonly OtherFile[] = [
  {
    bytes: [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1],
    what: 'a file of Outlook (.msg)',
    instead: 'Save the mail as .eml, or copy its source',
  },
  { bytes: [0x50, 0x4b, 0x03, 0x04], what: 'a ZIP archive', instead: 'Unpack it and send the mail itself' },
  {
    bytes: [0x1f, 0x8b, 0x08],
    what: 'packed with gzip',
    instead: 'Unpack it, or set the header "content-encoding: gzip"',
  },
  { bytes: [0x25, 0x50, 0x44, 0x46, 0x2d], what: 'a PDF', instead: 'Save the mail as .eml' },
];

/** The kind of file, for one that is not a mail; checked as a mail, it would only be reported to have no From. */
export function otherFile(raw: Uint8Array): OtherFile | undefined {
  return OTHER_FILES.find(({ bytes }) => bytes.every((byte, at) => raw[at] === byte));
}

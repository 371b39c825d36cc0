// The Date field (RFC 5322 section 3.3), and the obsolete forms of section 4.3, which readers must accept.

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
/** Minutes east of UTC; any other letters mean that the zone is not known, which is read as UTC. */
const ZONES: Record<string, number> = {
  EST: -300,
  EDT: -240,
  CST: -360,
  CDT: -300,
  MST: -420,
  MDT: -360,
  PST: -480,
  PDT: -420,
};
/** A date has some forty characters. */
const MAX_DATE = 120;
// Section 4.3: blanks and comments anywhere, years of two or three digits, zones in letters. An hour of one digit and a
// missing blank in front of the zone are in no standard; every reader reads them.
const FORM =
  /^(?:(?:mon|tue|wed|thu|fri|sat|sun)\s*,\s*)?(\d{1,2})\s+([a-z]{3})\s+(\d{2,4})\s+(\d{1,2})\s*:\s*(\d{2})(?:\s*:\s*(\d{2}))?(?:\s*([+-]\d{4})|\s+([a-z]{1,5}))$/i;

/** Milliseconds since 1970, or undefined where the text is no date as mail writes it. Never throws. */
export function parseMailDate(value: string): number | undefined {
  const match = FORM.exec(withoutComments(value.slice(0, MAX_DATE)));
  if (match === null) return undefined;
  const [day, hour, minute] = [match[1], match[4], match[5]].map(Number) as [number, number, number];
  const year = yearOf(match[3]!);
  const second = Number(match[6] ?? 0);
  const month = MONTHS.indexOf(match[2]!.toLowerCase());
  const offset = offsetOf(match[7] ?? match[8]!);
  // A leap second is allowed.
  if (month === -1 || offset === undefined || hour > 23 || minute > 59 || second > 60 || year < 1900) return undefined;
  const time = Date.UTC(year, month, day, hour, minute, second);
  // The 31st of June would become the first of July.
  if (new Date(Date.UTC(year, month, day)).getUTCDate() !== day) return undefined;
  return time - offset * 60_000;
}

/** Section 4.3: of two digits, 00 to 49 are 2000 to 2049 and 50 to 99 are 1950 to 1999; three digits count from 1900. */
function yearOf(digits: string): number {
  const year = Number(digits);
  if (digits.length === 4) return year;
  return digits.length === 2 && year < 50 ? year + 2000 : year + 1900;
}

function offsetOf(zone: string): number | undefined {
  const match = /^([+-])(\d{2})(\d{2})$/.exec(zone);
  if (match === null) return ZONES[zone.toUpperCase()] ?? 0;
  const [hours, minutes] = [Number(match[2]), Number(match[3])];
  if (minutes > 59) return undefined;
  return (match[1] === '-' ? -1 : 1) * (hours * 60 + minutes);
}

function withoutComments(text: string): string {
  let result = '';
  let depth = 0;
  for (const character of text) {
    if (character === '(') depth++;
    // A comment counts as a blank.
    result += depth === 0 ? character : ' ';
    if (character === ')' && depth > 0) depth--;
  }
  return result.trim();
}

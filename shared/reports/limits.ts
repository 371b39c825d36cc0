// What both ends of the intake keep to.

/** Bytes of a mail: what Email Routing takes has 25 million, and the largest real reports are a tenth of this. */
export const MAX_REPORT_MAIL_BYTES = 10 * 1024 * 1024;

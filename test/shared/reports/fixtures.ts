// A DMARC aggregate report with the parts that a test needs, and a mail with a file.

export function record({ ip = '192.0.2.1', count = '1', comment = '', result = 'pass' } = {}): string {
  return `<record><row><source_ip>${ip}</source_ip><count>${count}</count><policy_evaluated>
<disposition>none</disposition><dkim>${result}</dkim><spf>fail</spf>
${comment === '' ? '' : `<reason><type>other</type><comment>${comment}</comment></reason>`}
</policy_evaluated></row><identifiers><header_from>shop.example</header_from></identifiers>
<auth_results><dkim><domain>shop.example</domain><selector>s1</selector><result>pass</result></dkim>
<spf><domain>bounce.shop.example</domain><result>fail</result></spf></auth_results></record>`;
}

export function aggregateXml({
  organization = 'Reporter',
  reportId = 'report-1',
  domain = 'shop.example',
  begin = '1700000000',
  end = '1700086399',
  comment = '',
  records = record({ comment }),
} = {}): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<feedback><version>1.0</version><report_metadata><org_name>${organization}</org_name><email>dmarc@reporter.example</email>
<report_id>${reportId}</report_id><date_range><begin>${begin}</begin><end>${end}</end></date_range></report_metadata>
<policy_published><domain>${domain}</domain><adkim>r</adkim><aspf>r</aspf><p>none</p><sp>none</sp><pct>100</pct></policy_published>
${records}</feedback>`;
}

/** A mail as reporters send it, with the file attached so many times. */
export function attached(
  bytes: Uint8Array,
  name: string,
  times = 1,
  type = 'application/octet-stream',
  subject = 'Your report',
): Uint8Array {
  const base64 = Buffer.from(bytes)
    .toString('base64')
    .replace(/(.{76})/g, '$1\r\n');
  const part = `--b\r\nContent-Type: ${type}; name="${name}"\r\nContent-Disposition: attachment; filename="${name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64}\r\n`;
  const head = `From: dmarc@reporter.example\r\nTo: dmarc@shop.example\r\nMessage-ID: <report@reporter.example>\r\nSubject: ${subject}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n`;
  return new TextEncoder().encode(`${head}--b\r\n\r\nSee the attachment.\r\n${part.repeat(times)}--b--\r\n`);
}

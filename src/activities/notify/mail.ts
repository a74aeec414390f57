import { type SmtpChannel } from '../../config';
import { printable } from '../../core/plainText';
import { type Message } from '../../core/notification';

/** The longest of lines that a mail server need take is 998 characters; a subject is to be read at a glance. */
const subjectCharacters = 200;

export interface MailLogin {
  readonly user: string;
  readonly pass: string;
}

/**
 * Sends a message to one address. Its Message-ID is the message's own: a mail server cannot be asked whether it has taken what it
 * gave no answer to (RFC 1047), but mail programs show what comes twice once.
 */
export async function sendMail(
  { host, port, tls, from, to }: Omit<SmtpChannel, 'credentials'>,
  login: MailLogin | null,
  address: string,
  message: Message,
  signal: AbortSignal,
): Promise<void> {
  // Loaded by the first who sends one: few do, and every command would wait for it.
  const { createTransport } = await import('nodemailer');
  const transport = createTransport({
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    // A server that offers no login is not told without one: what takes mail of anybody is not the server that was meant.
    ...(login === null ? {} : { auth: { ...login }, forceAuth: true }),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    await transport.sendMail({
      from,
      to: [...to],
      envelope: { from, to: [address] },
      messageId: `<${message.id}@${from.slice(from.lastIndexOf('@') + 1)}>`,
      date: new Date(message.time),
      subject: printable(message.subject).slice(0, subjectCharacters),
      text: message.message,
      // RFC 3834: nobody is away to it.
      headers: { 'Auto-Submitted': 'auto-generated' },
      signal,
    });
  } finally {
    transport.close();
  }
}

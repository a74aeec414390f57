import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { printed } from './command';

/** Files of a certificate and its key, PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** An authority of its own, for one run: it signs what the servers of the cluster know each other by. */
export class Authority {
  private constructor(
    private readonly openssl: string,
    private readonly folder: string,
    readonly own: Certificate,
  ) {}

  static async make(openssl: string, folder: string): Promise<Authority> {
    const own = { certificate: join(folder, 'ca.crt'), key: join(folder, 'ca.key') };
    const subject = ['-subj', '/CN=farcopy-test', '-days', '2'];
    await printed(openssl, [
      ...['req', '-x509', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', ...subject],
      ...['-keyout', own.key, '-out', own.certificate],
    ]);
    return new Authority(openssl, folder, own);
  }

  /**
   * @param subject `/O=system:masters/CN=admin`
   * @param names what a server is reached by: `DNS:localhost,IP:127.0.0.1`
   */
  async sign(name: string, subject: string, names?: string): Promise<Certificate> {
    const files = { certificate: join(this.folder, `${name}.crt`), key: join(this.folder, `${name}.key`) };
    const request = join(this.folder, `${name}.csr`);
    const extensions = join(this.folder, `${name}.ext`);
    await writeFile(
      extensions,
      `extendedKeyUsage=serverAuth,clientAuth\n${names === undefined ? '' : `subjectAltName=${names}\n`}`,
    );
    await printed(this.openssl, [
      ...['req', '-new', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-subj', subject],
      ...['-keyout', files.key, '-out', request],
    ]);
    await printed(this.openssl, [
      ...['x509', '-req', '-in', request, '-days', '2', '-extfile', extensions, '-out', files.certificate],
      ...['-CA', this.own.certificate, '-CAkey', this.own.key, '-CAcreateserial'],
    ]);
    return files;
  }

  /** A pair of RSA keys, for tokens of service accounts. */
  async keyPair(name: string): Promise<{ readonly private: string; readonly public: string }> {
    const files = { private: join(this.folder, `${name}.key`), public: join(this.folder, `${name}.pub`) };
    await printed(this.openssl, ['genrsa', '-out', files.private, '2048']);
    await printed(this.openssl, ['rsa', '-in', files.private, '-pubout', '-out', files.public]);
    return files;
  }
}

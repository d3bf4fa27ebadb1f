// A server for letters (SMTP) that keeps what it is given, so that a spec can follow the links in it.

import { createServer, type Socket } from 'node:net';

export interface Letter {
    to: string;
    text: string;
}

export interface PostOffice {
    /** What makes a server send its letters here. */
    settings: Record<string, string>;
    /** All there are so far. */
    letters: Letter[];
    close(): Promise<void>;
}

/** What the letter says: lettre writes plain ASCII as it is, and anything else in quoted-printable. */
function read(data: string): string {
    const [head, ...body] = data.split('\r\n\r\n');
    const text = body.join('\r\n\r\n').replace(/^\.\./gm, '.');
    if (!/quoted-printable/i.test(head)) return text;
    const bytes = text.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, code) => String.fromCharCode(parseInt(code, 16)));
    return Buffer.from(bytes, 'latin1').toString('utf8');
}

export async function openPostOffice(): Promise<PostOffice> {
    const letters: Letter[] = [];
    const serve = (socket: Socket) => {
        let heard = '';
        let to = '';
        let isLetter = false;
        socket.write('220 post.example.com ESMTP\r\n');
        socket.on('error', () => socket.destroy());
        socket.on('data', (bytes) => {
            heard += bytes;
            for (;;) {
                const end = heard.indexOf(isLetter ? '\r\n.\r\n' : '\r\n');
                if (end < 0) return;
                const said = heard.slice(0, end);
                heard = heard.slice(end + (isLetter ? 5 : 2));
                if (isLetter) letters.push({ to, text: read(said) });
                if (/^RCPT/i.test(said) && !isLetter) to = /<(.*)>/.exec(said)?.[1] ?? '';
                const answer = isLetter || !/^DATA/i.test(said) ? '250 yes' : '354 go on';
                isLetter = answer === '354 go on';
                socket.write(`${answer}\r\n`);
            }
        });
    };
    const server = createServer(serve);
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    const address = server.address();
    const port = address && typeof address === 'object' ? address.port : 0;
    const settings = {
        TIEOUT_SMTP_URL: `smtp://127.0.0.1:${port}`,
        TIEOUT_MAIL_FROM: 'Tieout <tieout@example.com>',
        TIEOUT_PUBLIC_URL: 'http://localhost:3000',
    };
    return { settings, letters, close: () => new Promise((closed) => server.close(() => closed())) };
}

/** Where the link in a letter leads, below the address of its server. */
export function linkIn(letter: Letter | undefined): string {
    return /http:\/\/localhost:3000(\/\S+\?token=\S+)/.exec(letter?.text ?? '')?.[1] ?? 'no link';
}

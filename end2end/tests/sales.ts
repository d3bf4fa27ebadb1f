// Sales documents as files hold them: Xero's sales-invoice template. Made up ones, and the real ones of five companies.

import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const HEADER =
    '*ContactName,POCountry,*InvoiceNumber,*InvoiceDate,*DueDate,*Description,*Quantity,*UnitAmount,*AccountCode,*TaxType\n';

/** A line of an invoice. */
export const line = (number: number | string, contact = 'Marlow Bakery') =>
    `${contact},United Kingdom,${number},01/12/2025,31/12/2025,Rent,1,850.00,200,20% (VAT on Income)\n`;

/** Where the real files are: in ../shared beside the checkout, or where TIEOUT_SHARED says. Undefined where they are not. */
export function realFiles(): string | undefined {
    const folder = join(process.env.TIEOUT_SHARED ?? resolve(__dirname, '../../../shared'), 'data/sales');
    if (existsSync(folder)) return folder;
    if (process.env.CI === 'true') throw new Error(`CI needs the real sales files in ${folder}`);
    console.error(`left out: the real sales files are not in ${folder} (TIEOUT_SHARED names their folder)`);
    return undefined;
}

/** A row of a file by the names of its columns, without their asterisks. */
export type SalesRow = Record<string, string>;

/** A file's text with only the rows that `change` keeps, as it leaves them. */
export function rewritten(file: string, change: (row: SalesRow) => boolean): string {
    const [header, ...rows] = parsed(readFileSync(file, 'utf8'));
    const names = header.map((name) => name.replace('*', ''));
    const kept = rows.flatMap((fields) => {
        const row = Object.fromEntries(names.map((name, place) => [name, fields[place]]));
        return change(row) ? [names.map((name) => row[name])] : [];
    });
    return [header, ...kept].map((fields) => fields.map(quoted).join(',') + '\r\n').join('');
}

const quoted = (field: string) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field);

function parsed(text: string): string[][] {
    const rows: string[][] = [];
    let row: string[] = [];
    for (const [, whole, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,"\r\n]*))(,|\r?\n|$)/g)) {
        row.push(whole?.replaceAll('""', '"') ?? plain);
        if (end === ',') continue;
        if (row.length > 1 || row[0] !== '') rows.push(row);
        row = [];
    }
    return rows;
}

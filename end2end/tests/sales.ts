// Sales documents as files hold them: Xero's sales-invoice template.

export const HEADER =
    '*ContactName,POCountry,*InvoiceNumber,*InvoiceDate,*DueDate,*Description,*Quantity,*UnitAmount,*AccountCode,*TaxType\n';

/** A line of an invoice. */
export const line = (number: number | string, contact = 'Marlow Bakery') =>
    `${contact},United Kingdom,${number},01/12/2025,31/12/2025,Rent,1,850.00,200,20% (VAT on Income)\n`;

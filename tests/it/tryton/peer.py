"""What people and others do in Tryton, by its own client library: the books are set up with it, and read back
independently of Tieout. Run by the Python of the virtual environment that tools/tryton.sh makes.

    peer.py seed FOLDER             makes the books in FOLDER/peer.sqlite
    peer.py serve FOLDER PORT       serves FOLDER/peer.sqlite until its standard input ends
    peer.py do PORT COMMAND [JSON]  does something there as the administrator, and prints JSON
"""

import datetime as dt
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from decimal import Decimal

from proteus import Model, Wizard, config

USER = 'tieout'
COUNTRIES = {'United Kingdom': 'GB', 'France': 'FR', 'Germany': 'DE', 'Spain': 'ES', 'Portugal': 'PT'}
REGIONS = list(COUNTRIES) + ['Israel', 'EIRE', 'Bahrain']


def free_port():
    with socket.socket() as taken:
        taken.bind(('127.0.0.1', 0))
        return taken.getsockname()[1]


def start(folder, port):
    """A server on the folder's database; it answers when this returns."""
    settings = os.path.join(folder, 'trytond.conf')
    with open(settings, 'w') as file:
        file.write(f'[database]\nuri = sqlite://\npath = {folder}\n[web]\nlisten = 127.0.0.1:{port}\n')
    log = open(os.path.join(folder, 'trytond.log'), 'a')
    server = subprocess.Popen(
        [sys.executable, os.path.join(os.path.dirname(sys.executable), 'trytond'), '-c', settings],
        stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    for _ in range(600):
        if server.poll() is not None:
            raise SystemExit('trytond ended: ' + open(log.name).read()[-2000:])
        try:
            # The first request has it load the database; a client's own first request would not.
            urllib.request.urlopen(f'http://127.0.0.1:{port}/peer/r/x', timeout=60)
        except urllib.error.HTTPError:
            return server
        except OSError:
            time.sleep(0.1)
    raise SystemExit('trytond did not start')


def session(port):
    return config.set_xmlrpc_session(f'http://127.0.0.1:{port}/peer/rpc/', 'admin', 'admin')


def the(name, *domain):
    """The one record of a model."""
    found = Model.get(name).find(list(domain))
    assert len(found) == 1, (name, domain, found)
    return found[0]


def parse_day(text):
    return dt.date.fromisoformat(text)


# --- the books ---------------------------------------------------------------------------------------------------


def seed(folder):
    port = free_port()
    server = start(folder, port)
    try:
        with session(port) as settings:
            make_books(settings)
    finally:
        server.terminate()
        server.wait()
    # What it wrote last still stands beside the file.
    database = sqlite3.connect(os.path.join(folder, 'peer.sqlite'))
    assert database.execute('PRAGMA wal_checkpoint(TRUNCATE)').fetchone()[0] == 0
    database.close()


def make_books(settings):
    Party, User, Account = Model.get('party.party'), Model.get('res.user'), Model.get('account.account')
    pound = Model.get('currency.currency')(name='Pound Sterling', code='GBP', symbol='£', rounding=Decimal('0.01'), digits=2)
    pound.rates.new(date=dt.date(2000, 1, 1), rate=Decimal(1))
    pound.save()
    party = Party(name='Dockside Retail Parks Limited')
    party.save()
    wizard = Wizard('company.company.config')
    wizard.execute('company')
    wizard.form.party, wizard.form.currency = party, pound
    wizard.execute('add')
    settings._context = User.get_preferences(True, {})
    company = the('company.company')

    chart = Wizard('account.create_chart')
    chart.execute('account')
    template = Model.get('ir.model.data').get_id('account.account_template_root_en', settings.context)
    chart.form.account_template, chart.form.company = Model.get('account.account.template')(template), company
    chart.execute('create_account')

    def of_kind(kind):
        return Account.find([('type.' + kind, '=', True), ('closed', '!=', True)], limit=1)[0]

    chart.form.account_receivable, chart.form.account_payable = of_kind('receivable'), of_kind('payable')
    chart.form.category_account_expense, chart.form.category_account_revenue = of_kind('expense'), of_kind('revenue')
    chart.execute('create_properties')

    def account(code, name, like):
        model = the('account.account', ('code', '=', like))
        made = Account(code=code, name=name, type=model.type, parent=model.parent, company=company)
        made.save()
        return made

    account('4000', 'Sales of goods', '4.1.1')
    account('4100', 'Other income', '4.1.1')
    account('5000', 'Repairs', '5.1.3')
    bank, vat = account('1200', 'Bank', '1.1.1'), account('2200', 'VAT', '6.3.6')
    for name, rate in [('VAT 20%', '0.2'), ('Zero Rated Income', '0'), ('VAT 5%', '0.05')]:
        Model.get('account.tax')(
            name=name, description=name, type='percentage', rate=Decimal(rate),
            invoice_account=vat, credit_note_account=vat).save()

    # Customers' documents are numbered in the order of their days: by the month, and credit notes by themselves.
    FiscalYear, Sequence = Model.get('account.fiscalyear'), Model.get('ir.sequence.strict')
    InvoiceSequence = Model.get('account.fiscalyear.invoice_sequence')
    kinds = {kind: the('ir.sequence.type', ('name', '=', kind)) for kind in ['Account Move', 'Invoice']}

    def sequence(name, kind='Invoice'):
        made = Sequence(name=name, sequence_type=kinds[kind], company=company)
        made.save()
        return made

    def numbered(row, name):
        row.out_invoice_sequence, row.out_credit_note_sequence = sequence(f'{name} out'), sequence(f'{name} out credit')
        row.in_invoice_sequence, row.in_credit_note_sequence = sequence(f'{name} in'), sequence(f'{name} in credit')

    year = FiscalYear(name='2010', start_date=dt.date(2010, 1, 1), end_date=dt.date(2010, 12, 31), company=company)
    year.move_sequence = sequence('2010 entries', 'Account Move')
    numbered(year.invoice_sequences[0], '2010')
    year.save()
    year.click('create_period')
    for period in Model.get('account.period').find([('fiscalyear', '=', year.id)]):
        row = InvoiceSequence(company=company, fiscalyear=year, period=period, sequence=1)
        numbered(row, period.name)
        row.save()

    Analytic = Model.get('analytic_account.account')
    root = Analytic(name='Region', type='root', state='opened')
    root.save()
    for name in REGIONS:
        Analytic(name=name, type='normal', root=root, parent=root, state='opened').save()
    for name, code in COUNTRIES.items():
        Model.get('country.country')(name=name, code=code).save()
    statements = the('account.journal', ('type', '=', 'statement'))
    Model.get('account.statement.journal')(name='Bank', journal=statements, account=bank, validation='balance').save()

    # Posting prints, and that is what takes it longest: its form is one word here.
    form = the('ir.action.report', ('report_name', '=', 'account.invoice'))
    form.template_extension, form.report_content_custom = 'txt', b'Invoice'
    form.save()

    # A user with the rights the README names, and no others.
    groups = ['Accounting', 'Statement']
    user = User(name='Tieout', login=USER, groups=Model.get('res.group').find([('name', 'in', groups)]))
    user.companies.append(company)
    user.company = company
    user.save()


# --- what is done there --------------------------------------------------------------------------------------------


def approve():
    waiting = Model.get('res.user.application').find([('state', '=', 'requested')])
    for application in waiting:
        assert application.user.login == USER
        application.click('validate_')
    return len(waiting)


def cancel_keys():
    keys = Model.get('res.user.application').find([('state', '=', 'validated')])
    for application in keys:
        application.click('cancel')
    return len(keys)


def plain(value):
    return str(value) if isinstance(value, (Decimal, dt.date)) else value


def all_of(name, domain, fields):
    """Records by id, with these fields: in one question, for there are thousands of lines."""
    model = Model.get(name)
    found = model._proxy.search_read(domain, 0, None, [('id', 'ASC')], fields, model._config.context)
    return {record['id']: {name: plain(value) for name, value in record.items()} for record in found}


def documents():
    """Every customer's and supplier's document that is in the books, or was, to the penny."""
    invoices = all_of('account.invoice', [('state', '!=', 'draft')], [
        'type', 'state', 'number', 'reference', 'description', 'party.name', 'invoice_date', 'currency.code',
        'untaxed_amount', 'tax_amount', 'total_amount', 'amount_to_pay', 'move', 'lines', 'lines_to_pay'])
    lines = all_of('account.invoice.line', [], [
        'description', 'quantity', 'unit_price', 'amount', 'account.code', 'taxes', 'analytic_accounts', 'note'])
    taxes = all_of('account.tax', [], ['name'])
    analytic = all_of('analytic.account.entry', [('account', '!=', None)], ['root.name', 'account.name'])
    moves = all_of('account.move', [], ['state', 'lines'])
    entries = all_of('account.move.line', [], ['debit', 'credit', 'maturity_date'])

    def line(id):
        found = lines[id]
        tracking = [analytic[entry] for entry in found['analytic_accounts'] if entry in analytic]
        return {
            **{name: found[name] for name in ['description', 'quantity', 'unit_price', 'amount', 'note']},
            'account': found['account.']['code'],
            'taxes': [taxes[tax]['name'] for tax in found['taxes']],
            'tracking': [f"{entry['root.']['name']}: {entry['account.']['name']}" for entry in tracking],
        }

    def document(found):
        move = moves.get(found['move'], {'state': None, 'lines': []})

        def sum_of(side):
            return str(sum((Decimal(entries[entry][side]) for entry in move['lines']), Decimal(0)))

        return {
            **{name: found[name] for name in ['id', 'type', 'state', 'number', 'reference', 'description']},
            'party': found['party.']['name'],
            'date': found['invoice_date'],
            'due': entries[found['lines_to_pay'][0]]['maturity_date'] if found['lines_to_pay'] else None,
            'currency': found['currency.']['code'],
            'net': found['untaxed_amount'],
            'tax': found['tax_amount'],
            'total': found['total_amount'],
            'to_pay': found['amount_to_pay'],
            'posted': move['state'],
            'debit': sum_of('debit'),
            'credit': sum_of('credit'),
            'lines': [line(id) for id in found['lines']],
        }

    return [document(found) for found in invoices.values()]


def drafts():
    return len(Model.get('account.invoice').find([('state', '=', 'draft')])) + len(
        Model.get('account.statement').find([('state', '!=', 'posted')]))


def parties():
    found = all_of('party.party', [], ['name', 'code', 'addresses', 'contact_mechanisms'])
    addresses = all_of('party.address', [], ['street', 'country.name'])
    mechanisms = all_of('party.contact_mechanism', [], ['type', 'name', 'value'])

    def address(id):
        country = addresses[id]['country.']
        return [addresses[id]['street'], country['name'] if country else None]

    return [{
        **{name: party[name] for name in ['id', 'name', 'code']},
        'addresses': [address(id) for id in party['addresses']],
        'mechanisms': [[mechanisms[id][name] for name in ['type', 'name', 'value']] for id in party['contact_mechanisms']],
    } for party in found.values()]


def pay(id, amount, day, reference):
    """Somebody books a bank statement of one line for a document."""
    invoice = Model.get('account.invoice')(id)
    journal = the('account.statement.journal')
    before = [s.end_balance for s in Model.get('account.statement').find([], order=[('id', 'DESC')], limit=1)]
    amount, before = Decimal(amount), before[0] if before else Decimal(0)
    statement = Model.get('account.statement')(
        name=reference, journal=journal, date=parse_day(day), start_balance=before, end_balance=before + amount)
    line = statement.lines.new()
    line.date, line.amount, line.party, line.account = parse_day(day), amount, invoice.party, invoice.account
    line.related_to, line.description = invoice, reference
    statement.save()
    statement.click('validate_statement')
    statement.click('post')
    return statement.id


def make_invoice(party, day, amount, reference=None, kind='out'):
    """Somebody writes a document there, with Tryton's own defaults."""
    invoice = Model.get('account.invoice')()
    invoice.type = kind
    invoice.party = the('party.party', ('name', '=', party))
    invoice.invoice_date, invoice.reference = parse_day(day), reference
    line = invoice.lines.new()
    line.description, line.quantity, line.unit_price = 'Made in Tryton', 3, Decimal(amount)
    line.account = the('account.account', ('code', '=', '4000' if kind == 'out' else '5000'))
    line.taxes.append(the('account.tax', ('name', '=', 'VAT 20%')))
    invoice.save()
    post_warned(invoice)
    invoice.reload()
    return {'id': invoice.id, 'number': invoice.number, 'total': plain(invoice.total_amount)}


def post_warned(invoice):
    """Posts, and answers the warnings as a person at the screen would."""
    Model.get('account.invoice')._proxy.post([invoice.id], dict(invoice._config.context, _skip_warnings=True))


def period_state(month, button):
    period = the('account.period', ('start_date', '=', parse_day(month + '-01')))
    period.click(button)
    period.reload()
    return period.state


def reopen_journals(month):
    """Closing a period closes its journals too; opening it does not open them."""
    periods = Model.get('account.journal.period').find([('period.start_date', '=', parse_day(month + '-01'))])
    for period in periods:
        if period.state == 'closed':
            period.click('reopen')
    return len(periods)


def account_closed(code, closed):
    account = the('account.account', ('code', '=', code))
    account.closed = closed
    account.save()
    return account.closed


def currency(code, rate):
    made = Model.get('currency.currency')(name=code, code=code, symbol=code, rounding=Decimal('0.01'), digits=2)
    made.rates.new(date=dt.date(2000, 1, 1), rate=Decimal(rate))
    made.save()
    return made.id


def allow_cancel():
    """The company lets posted documents of customers be cancelled."""
    company = the('company.company')
    company.cancel_invoice_out = True
    company.save()
    return True


def cancel(id):
    invoice = Model.get('account.invoice')(id)
    invoice.click('cancel')
    invoice.reload()
    return invoice.state


def next_party_code(number):
    """Makes the next party be given this code."""
    sequence = Model.get('party.configuration')(1).party_sequence
    before = sequence.number_next
    sequence.number_next = number
    sequence.save()
    return before


def party(name, active=None, rename=None):
    found = the('party.party', ('name', '=', name), ('active', 'in', [True, False]))
    if active is not None:
        found.active = active
    if rename:
        found.name = rename
    found.save()
    return found.id


COMMANDS = {function.__name__: function for function in [
    approve, cancel_keys, documents, drafts, parties, pay, make_invoice, period_state,
    reopen_journals, account_closed, currency, allow_cancel, cancel, next_party_code, party]}


def main():
    match sys.argv[1:]:
        case ['seed', folder]:
            seed(folder)
        case ['serve', folder, port]:
            server = start(folder, int(port))
            print('ready', flush=True)
            # However whoever started us ends, our input ends with it.
            sys.stdin.read()
            server.send_signal(signal.SIGTERM)
            server.wait()
        case ['do', port, command, *arguments]:
            with session(int(port)):
                print(json.dumps(COMMANDS[command](**json.loads(arguments[0] if arguments else '{}'))))
        case _:
            raise SystemExit(__doc__)


if __name__ == '__main__':
    main()

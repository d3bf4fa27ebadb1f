"""Serves the emulator of Xero that localstack-xero has, on the port given, until its standard input ends.

It has tokens, connections, contacts, documents and payments. What it lacks and a client cannot do without is added here: the
organisation and its lists, and PUT where it makes records by POST only.
"""

import sys
import threading

from rolo import Router
from rolo.routing import handler_dispatcher
from werkzeug.serving import make_server
from xero_local.routes import XeroRoutes, _envelope

BASE = '/api.xro/2.0/'
LISTS = {
    'Organisation': ('Organisations', [{'Name': 'Test Organisation', 'BaseCurrency': 'GBP'}]),
    'Accounts': ('Accounts', [
        {'AccountID': '11111111-1111-4111-8111-111111111111', 'Code': '200', 'Name': 'Sales', 'Type': 'REVENUE',
         'Status': 'ACTIVE'},
        {'AccountID': '22222222-2222-4222-8222-222222222222', 'Code': '090', 'Name': 'Bank', 'Type': 'BANK',
         'Status': 'ACTIVE'}]),
    'TaxRates': ('TaxRates', [
        {'Name': 'Zero Rated Income', 'TaxType': 'ZERORATEDOUTPUT', 'EffectiveRate': 0.0, 'Status': 'ACTIVE'}]),
    'TrackingCategories': ('TrackingCategories', []),
    'Prepayments': ('Prepayments', []),
    'Overpayments': ('Overpayments', []),
}


def lists(name, key, records):
    return lambda request, **_: _envelope(key, records)


def main():
    router = Router(dispatcher=handler_dispatcher())
    routes = XeroRoutes()
    router.add(routes)
    for name, (key, records) in LISTS.items():
        router.add(BASE + name, lists(name, key, records), methods=['GET'])
    router.add(BASE + 'Contacts', routes.create_contacts, methods=['PUT'])
    router.add(BASE + 'Payments', routes.create_payment, methods=['PUT'])
    server = make_server('127.0.0.1', int(sys.argv[1]), router.wsgi(), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print('ready', flush=True)
    # However whoever started us ends, our input ends with it.
    sys.stdin.read()
    server.shutdown()


if __name__ == '__main__':
    main()

//! What the accounting side saw, next to what Postgres saw: who asked, how often access was renewed, and what is there.

use super::{
    fleet::{AT_ONCE, Fleet},
    group::CONTACTS,
    witness,
};
use crate::{
    faults::{Pair, headers},
    harness::xero::{Counts, Peer},
};
use std::collections::HashMap;
use tieout::server::db::query::sql;

/// Of so many companies, each line of one is compared.
const EVERY_LINE: usize = 25;
/// Times a server or the database was taken away: whatever was under way then may have to be done again.
const BLOWS: usize = 5;

/// Whoever asked of an organisation, one after the other, had claimed its company's runs, one after the other. What a server
/// had asked that was killed may still be answered while the next one asks, and nobody else's.
pub async fn assert_each_was_asked_by_one_at_a_time(fleet: &Fleet, peer: &Peer, pairs: &[Pair], killed: &str) {
    let (askers, names, claims) = (peer.askers(), fleet.names(), witness::claims(&fleet.db).await);
    let name = |process: &u32| names.get(process).unwrap_or_else(|| panic!("{process} is no server: {names:?}")).as_str();
    let overlaps = askers.overlaps.iter().map(|(tenant, one, other)| (tenant, name(one), name(other)));
    let overlaps: Vec<_> = overlaps.filter(|(_, one, _)| *one != killed).collect();
    assert_eq!(overlaps, [], "two servers asked of one organisation at the same time");
    let mut handed_on = 0;
    for pair in pairs {
        let asked: Vec<&str> = askers.turns[&pair.there.tenant_id].iter().map(name).collect();
        let claimed = &claims[&pair.books.company.id];
        handed_on += usize::from(asked.len() > 1);
        let mut rest = claimed.iter();
        let is_in_order = asked.iter().all(|name| rest.any(|claim| claim == name));
        assert!(is_in_order, "{} was asked by {asked:?} and claimed by {claimed:?}", pair.books.company.name);
    }
    assert!(handed_on > 0, "no company was worked by one server after another");
    eprintln!("{handed_on} companies were worked by several servers, one after the other");
    let counts: Vec<Counts> = pairs.iter().map(|pair| pair.there.counts()).collect();
    let met: u64 = counts.iter().map(|counts| counts.faulty).sum();
    eprintln!("{met} faults in {} requests", counts.iter().map(|counts| counts.requests).sum::<u64>());
    assert!(met as usize > pairs.len() / 10, "{met} faults in {} companies", pairs.len());
    assert_each_was_renewed_once(pairs, &counts, &claims);
}

/// Each company's access had ended when its sync began. Where nothing went wrong and one server worked, it was renewed once,
/// but for what was under way when the store of what a renewal brought was taken away.
fn assert_each_was_renewed_once(pairs: &[Pair], counts: &[Counts], claims: &HashMap<String, Vec<String>>) {
    assert!(counts.iter().all(|counts| counts.refreshes > 0), "the access of each was renewed");
    let is_calm = |pair: &Pair, counts: &Counts| counts.faulty == 0 && claims[&pair.books.company.id].len() == 1;
    let calm: Vec<u64> =
        pairs.iter().zip(counts).filter(|(pair, counts)| is_calm(pair, counts)).map(|(_, counts)| counts.refreshes).collect();
    let more = calm.iter().filter(|refreshes| **refreshes > 1).count();
    eprintln!("{} of {} companies met nothing; {more} were renewed more than once", calm.len(), pairs.len());
    assert!(calm.len() > pairs.len() / 4 && more <= BLOWS * 3 * AT_ONCE, "{more} of {} were renewed again", calm.len());
}

/// Every document is on both sides once, with its amount, and linked to the one there; of some companies each line is compared,
/// and both sides are added up once more.
pub async fn assert_both_hold_the_same(fleet: &Fleet, peer: &Peer, pairs: &[Pair]) {
    assert_eq!(peer.violations(), Vec::<String>::new(), "what we send is what Xero's API has");
    let linked = "SELECT l.company_id, l.external_id, d.number, d.gross FROM links l JOIN documents d ON d.id = l.local_id
        WHERE l.state = 'linked' AND l.intent_key IS NULL ORDER BY d.number";
    let linked: Vec<(String, String, String, i64)> = sql(linked).all(&fleet.db).await.expect("links");
    let mut ours: HashMap<String, Vec<(String, String, i64)>> = HashMap::new();
    for (company_id, external_id, number, gross) in linked {
        ours.entry(company_id).or_default().push((external_id, number, gross));
    }
    for pair in pairs {
        let (held, company) = (pair.there.held(), &pair.books.company);
        let theirs = headers(&held);
        assert_eq!(ours.get(&company.id), Some(&theirs), "{}", company.name);
        let amounts: Vec<(String, i64)> = theirs.into_iter().map(|(_, number, gross)| (number, gross)).collect();
        assert_eq!((amounts, held.contacts.len()), (pair.stored.clone(), CONTACTS), "{}", company.name);
    }
    for pair in pairs.iter().step_by(EVERY_LINE) {
        pair.prove().await;
    }
}

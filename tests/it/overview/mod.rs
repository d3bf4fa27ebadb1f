//! The overview against the truth: companies whose statuses come about by random facts, and what the page, its
//! counts and its change feed should say of them worked out a second time from what was done to each.

mod facets;
mod feed;
mod neighbours;
mod pages;
mod quick;
mod search;
mod seen;

use std::collections::HashSet;
use tieout::server::db::sees::Sees;
use tieout::{
    domain::{
        company::{Changes, OverviewPage},
        connection::Access,
        filter::Filter,
        message::{Direction, Entity, ProblemKind},
        provider::Provider,
        run::{RunKind, RunScope, RunState},
        schedule::Schedule,
        status::SyncStatus,
    },
    server::{
        db::{
            Db, Tx,
            companies::{self, NewCompany},
            connections::{self, NewConnection},
            groups, new_id,
            problems::{self, Found},
            runs, status,
        },
        services::overview,
    },
};

/// Numbers that look random and are the same in every run.
struct Seeded(u64);

impl Seeded {
    /// A number below `n` (splitmix64).
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % n
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }

    /// Each of them or not, as it falls.
    fn some_of<T: Copy>(&mut self, choices: &[T]) -> Vec<T> {
        choices.iter().copied().filter(|_| self.below(3) == 0).collect()
    }
}

/// A company and what is to be seen of it.
#[derive(Clone, Debug)]
struct Expected {
    id: String,
    code: String,
    name: String,
    provider: Option<Provider>,
    status: SyncStatus,
    last_success: Option<i64>,
    last_run: Option<i64>,
}

impl Expected {
    /// Names are compared without regard to capitals.
    fn key(&self) -> String {
        self.name.to_lowercase()
    }

    fn fits(&self, filter: &Filter) -> bool {
        self.fits_search(&filter.search) && self.fits_status(filter) && self.fits_provider(filter)
    }

    fn fits_search(&self, search: &str) -> bool {
        let search = search.to_lowercase();
        self.key().contains(&search) || self.code.to_lowercase().contains(&search)
    }

    fn fits_status(&self, filter: &Filter) -> bool {
        filter.statuses.is_empty() || filter.statuses.contains(&self.status)
    }

    fn fits_provider(&self, filter: &Filter) -> bool {
        filter.providers.is_empty() || self.provider.is_some_and(|provider| filter.providers.contains(&provider))
    }
}

/// The group's id, and `count` companies in all statuses with few different times, so that many are equal.
async fn companies_of_all_kinds(db: &Db, seeded: &mut Seeded, count: usize) -> (String, Vec<Expected>) {
    const WORDS: [&str; 6] = ["Quay", "Court", "Wharf", "élan", "ROW", "Mill 100%"];
    let names: Vec<(String, String)> =
        (0..count).map(|n| (format!("C{n:03}"), format!("{} {} {n}", seeded.one_of(&WORDS), seeded.one_of(&WORDS)))).collect();
    let (group, ids) = group_of(db, &names).await;
    let mut all = Vec::with_capacity(count);
    for (id, (code, name)) in ids.into_iter().zip(names) {
        let mut company =
            Expected { id, code, name, provider: None, status: SyncStatus::NotConnected, last_success: None, last_run: None };
        live(db, seeded, &mut company).await;
        all.push(company);
    }
    let kinds: HashSet<_> = all.iter().map(|company| company.status).collect();
    assert_eq!(kinds.len(), 7, "every status came about");
    assert_eq!(status::check(db).await.unwrap(), Vec::<String>::new());
    (group, all)
}

/// A group with companies of these codes and names.
async fn group_of(db: &Db, names: &[(String, String)]) -> (String, Vec<String>) {
    let mut tx = db.begin().await.unwrap();
    let group = groups::insert(&mut tx, "Harbour", 1).await.unwrap();
    let ids = more_companies(&mut tx, &group, names).await;
    tx.commit().await.unwrap();
    (group, ids)
}

async fn more_companies(tx: &mut Tx, group: &str, names: &[(String, String)]) -> Vec<String> {
    let new: Vec<_> =
        names.iter().map(|(code, name)| NewCompany { code, name, currency: "GBP", time_zone: "Europe/London" }).collect();
    companies::insert(tx, group, &new, 1).await.unwrap()
}

/// Gives a company a random past, and notes what is to be seen of it.
async fn live(db: &Db, seeded: &mut Seeded, company: &mut Expected) {
    let connects = seeded.below(6) > 0;
    if connects {
        connect(db, &company.id).await;
        company.provider = Some(Provider::Practice);
        company.status = SyncStatus::IncompleteOnboarding;
    }
    if connects && seeded.below(6) > 0 {
        let connection = connections::of_company(db, &company.id).await.unwrap().unwrap().id;
        let mut tx = db.begin().await.unwrap();
        connections::set_onboarded(&mut tx, &connection, 1).await.unwrap();
        refresh(tx, &company.id).await;
        company.status = SyncStatus::IncompletePipeline;
        for _ in 0..seeded.below(4) {
            sync(db, seeded, company).await;
        }
        if seeded.below(6) == 0 {
            let mut tx = db.begin().await.unwrap();
            runs::enqueue(&mut tx, &company.id, RunKind::Manual, RunScope::Full, "test", 1).await.unwrap();
            refresh(tx, &company.id).await;
            company.status = SyncStatus::InProgress;
        }
    }
    if connects && seeded.below(8) == 0 {
        let connection = connections::of_company(db, &company.id).await.unwrap().unwrap().id;
        let given_up = seeded.below(2) == 0;
        let access = if given_up { Access::Disconnected } else { Access::Lost };
        let mut tx = db.begin().await.unwrap();
        connections::set_access(&mut tx, &connection, access, None).await.unwrap();
        refresh(tx, &company.id).await;
        company.status = if given_up { SyncStatus::NotConnected } else { SyncStatus::NeedsReconnecting };
        company.provider = company.provider.filter(|_| !given_up);
    }
}

async fn connect(db: &Db, company_id: &str) {
    let mut tx = db.begin().await.unwrap();
    let new = NewConnection {
        company_id,
        provider: Provider::Practice,
        organisation_id: &new_id(),
        organisation_name: "Books",
        short_code: None,
        sync_from: "2018-01-01",
        schedule: Schedule::Off,
        by: "test",
    };
    connections::insert(&mut tx, &new, 1).await.unwrap();
    refresh(tx, company_id).await;
}

async fn refresh(mut tx: Tx, company_id: &str) {
    status::refresh(&mut tx, company_id, 1).await.unwrap();
    tx.commit().await.unwrap();
}

/// One sync that ends well, with an error, or not at all.
async fn sync(db: &Db, seeded: &mut Seeded, company: &mut Expected) {
    let ended = seeded.one_of(&[1_000, 2_000, 3_000, 4_000]);
    let (state, fails) = seeded.one_of(&[
        (RunState::Completed, false),
        (RunState::Completed, false),
        (RunState::Completed, true),
        (RunState::Failed, false),
    ]);
    let mut tx = db.begin().await.unwrap();
    let run = runs::enqueue(&mut tx, &company.id, RunKind::Manual, RunScope::Full, "test", 1).await.unwrap();
    tx.commit().await.unwrap();
    runs::claim(db, "worker", 1, Some(&run)).await.unwrap().unwrap();
    let mut tx = db.begin().await.unwrap();
    match (state, fails) {
        (RunState::Completed, true) => {
            problems::report(&mut tx, &company.id, &run, &problem(), 1).await.unwrap();
        }
        (RunState::Completed, false) => {
            problems::resolve(&mut tx, &company.id, Entity::Invoice, "1", 1).await.unwrap();
        }
        _ => {}
    }
    let errors = problems::open_errors(&mut tx, &company.id).await.unwrap();
    runs::finish(&mut tx, &run, "worker", state, "stopped", errors, ended).await.unwrap();
    refresh(tx, &company.id).await;
    company.last_run = Some(ended);
    company.status = match (state, fails) {
        (RunState::Completed, true) => SyncStatus::Errors,
        (RunState::Completed, false) => {
            company.last_success = Some(ended);
            SyncStatus::Synced
        }
        _ => SyncStatus::IncompletePipeline,
    };
}

fn problem() -> Found {
    Found {
        entity: Entity::Invoice,
        local_id: "1".into(),
        external_id: None,
        label: "INV-1".into(),
        kind: ProblemKind::Failed,
        cause: "Account 200 is archived".into(),
        advice: String::new(),
        detail: String::new(),
        blocked_by: None,
        direction: Direction::Out,
        code: "account-archived",
        subject: None,
        sides: None,
    }
}

async fn page(db: &Db, query: &str) -> OverviewPage {
    overview::page(db, &Sees::Everything, query).await.unwrap().expect("there is a group")
}

async fn changes(db: &Db, cursor: i64) -> Changes {
    overview::changes(db, &Sees::Everything, cursor, "", false).await.unwrap()
}

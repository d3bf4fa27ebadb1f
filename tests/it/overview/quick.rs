//! The quick links of every page: what runs, what needs a person, and the company the page is about.

use super::{Expected, Seeded, companies_of_all_kinds, group_of};
use crate::harness::on_each_database;
use tieout::server::db::sees::Sees;
use tieout::{
    domain::status::SyncStatus,
    server::{
        db::{query::sql, runs},
        services::{companies, demo, error::ServiceError, overview, start},
    },
};

#[tokio::test]
async fn quick_links_show_the_latest_few() {
    on_each_database(|db| async move {
        assert_eq!(overview::quick_links(&db, &Sees::Everything, None).await.unwrap().0, "", "no group yet");
        let (_, all) = companies_of_all_kinds(&db, &mut Seeded(23), 120).await;
        let running: Vec<&Expected> = all.iter().filter(|one| one.status == SyncStatus::InProgress).collect();
        let (group, links) = overview::quick_links(&db, &Sees::Everything, Some(&all[0].code)).await.unwrap();
        assert_eq!((group.as_str(), links.standing.running), ("Harbour", running.len() as u64));
        let needy: Vec<&Expected> = all.iter().filter(|one| one.status.needs_attention()).collect();
        assert_eq!(links.standing.attention, needy.len() as u64);
        let company = links.company.unwrap();
        assert_eq!((company.code.as_str(), company.status), (all[0].code.as_str(), all[0].status));

        let mut expected = needy;
        expected.sort_by_key(|one| (std::cmp::Reverse(one.last_run.unwrap_or(0)), one.key()));
        let expected: Vec<_> = expected.iter().take(5).map(|one| one.code.as_str()).collect();
        assert_eq!(links.problems.iter().map(|link| link.code.as_str()).collect::<Vec<_>>(), expected);

        // Those that run before those that wait, whoever began last first.
        let claimed = async |at| runs::claim(&db, "worker", at, None).await.unwrap().unwrap().company_id;
        let (first, second) = (claimed(10_000).await, claimed(20_000).await);
        let code = |id: &str| all.iter().find(|one| one.id == id).unwrap().code.as_str();
        let (_, links) = overview::quick_links(&db, &Sees::Everything, None).await.unwrap();
        let active: Vec<_> = links.active.iter().map(|link| link.code.as_str()).collect();
        assert_eq!(&active[..2], [code(&second), code(&first)]);
        assert!(links.active.iter().all(|link| link.progress.is_some() && link.sync_blocked.is_some()));
        assert!(!links.standing.troubled);
        sql("UPDATE runs SET failed = 1 WHERE state = 'running'").execute(&db).await.unwrap();
        assert!(overview::quick_links(&db, &Sees::Everything, None).await.unwrap().1.standing.troubled);
    })
    .await;
}

#[tokio::test]
async fn companies_are_found_by_part_of_name_or_code() {
    on_each_database(|db| async move {
        assert_eq!(companies::search(&db, &Sees::Everything, "quay").await.unwrap(), []);
        let names = ["Élan Quay", "100% Quay", "Under_score", r"Back\slash"];
        let names: Vec<(String, String)> =
            names.iter().enumerate().map(|(n, name)| (format!("N-{n}"), (*name).to_owned())).collect();
        group_of(&db, &names).await;
        for (text, expected) in [
            ("QUAY", &["N-1", "N-0"][..]),
            ("é", &["N-0"]),
            ("%", &["N-1"]),
            ("r_s", &["N-2"]),
            ("\\", &["N-3"]),
            ("n-3", &["N-3"]),
            ("x", &[]),
        ] {
            let found = companies::search(&db, &Sees::Everything, text).await.unwrap();
            assert_eq!(found.iter().map(|(code, _)| code.as_str()).collect::<Vec<_>>(), expected, "{text}");
        }
    })
    .await;
}

#[tokio::test]
async fn several_syncs_are_started_at_once_and_each_refusal_is_told() {
    on_each_database(|db| async move {
        let (_, all) = companies_of_all_kinds(&db, &mut Seeded(31), 60).await;
        let one = |status| all.iter().find(|one| one.status == status).unwrap().code.clone();
        let codes = SyncStatus::ALL.map(one).into_iter().chain(["NONE".to_owned()]).collect::<Vec<_>>();
        let started = start::start(&db, &Sees::Everything, &codes, "test").await.unwrap();
        let refused: Vec<_> = started.iter().filter(|one| one.refused.is_some()).map(|one| one.code.clone()).collect();
        let expected = [
            one(SyncStatus::NotConnected),
            one(SyncStatus::IncompleteOnboarding),
            one(SyncStatus::NeedsReconnecting),
            "NONE".to_owned(),
        ];
        assert_eq!(refused, expected);
    })
    .await;
}

/// Practice companies go into an empty group, whatever it is called, and never among somebody's own.
#[tokio::test]
async fn practice_companies_take_an_empty_group_only() {
    on_each_database(|db| async move {
        companies::name_group(&db, "  My   group ").await.unwrap();
        assert!(matches!(companies::name_group(&db, "Another").await, Err(ServiceError::Refused(_))));
        assert_eq!(overview::quick_links(&db, &Sees::Everything, None).await.unwrap().0, "My group");
        assert_eq!(demo::seed_empty(&db, 2).await.unwrap(), 2);
        assert_eq!(overview::quick_links(&db, &Sees::Everything, None).await.unwrap().0, "Harbour Property Group");
        assert!(matches!(demo::seed_empty(&db, 2).await, Err(ServiceError::Refused(_))));
        assert_eq!(demo::seed(&db, 30).await.unwrap(), 28, "goes on where it was");
        let listed = companies::all(&db, None).await.unwrap();
        assert_eq!(listed.len(), 30);
        sql("UPDATE property_groups SET name = 'Mine'").execute(&db).await.unwrap();
        assert!(matches!(demo::seed(&db, 31).await, Err(ServiceError::Refused(_))));
    })
    .await;
}

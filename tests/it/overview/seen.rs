//! What those see who do not see all companies of the group.

use super::{Seeded, companies_of_all_kinds};
use crate::harness::on_each_database;
use tieout::{
    domain::{person::Role, run::RunState},
    server::{
        db::{
            Db, overview,
            people::Person,
            sees::{Seen, Sees},
            status,
        },
        services::{
            companies, overview as pages,
            people::{self, Wanted},
            start,
        },
    },
};

fn wanted(codes: &[&str]) -> Wanted {
    let companies = Some(codes.iter().map(|code| (*code).to_owned()).collect());
    Wanted { name: "Lee".into(), email: "lee@example.com".into(), role: Role::Accountant, companies }
}

async fn given(db: &Db, codes: &[&str]) -> Person {
    people::invite(db, &wanted(codes)).await.unwrap();
    people::named(db, "lee@example.com").await.unwrap()
}

/// What somebody sees who was given every third company equals what is left of the whole when the others are taken away.
#[tokio::test]
async fn whoever_sees_some_companies_sees_those_and_counts_those() {
    on_each_database(|db| async move {
        let (group, all) = companies_of_all_kinds(&db, &mut Seeded(5), 60).await;
        let theirs: Vec<&str> = all.iter().step_by(3).map(|one| one.code.as_str()).collect();
        let lee = given(&db, &theirs).await;
        let sees = Sees::of_person(&lee.id);
        let seen = Seen { group_id: group.clone(), sees: sees.clone() };
        let whole = |query: &'static str| {
            let db = db.clone();
            async move { pages::page(&db, &Sees::Everything, query).await.unwrap().unwrap() }
        };
        for query in [
            "rows=100",
            "rows=100&sort=name",
            "rows=100&sort=-last-success",
            "rows=100&sort=last-run",
            "rows=100&status=errors",
            "rows=100&q=a",
        ] {
            let expected: Vec<_> =
                whole(query).await.rows.into_iter().map(|row| row.code).filter(|code| theirs.contains(&code.as_str())).collect();
            let page = pages::page(&db, &sees, query).await.unwrap().unwrap();
            assert_eq!(page.rows.iter().map(|row| row.code.clone()).collect::<Vec<_>>(), expected, "{query}");
            assert_eq!(page.facets.matching, expected.len() as u64, "{query}");
            assert_eq!(page.facets.companies, theirs.len() as u64);
        }
        let rows = whole("rows=100").await.rows;
        let page = pages::page(&db, &sees, "").await.unwrap().unwrap();
        for (status, n) in page.facets.statuses {
            let expected = rows.iter().filter(|row| row.status == status && theirs.contains(&row.code.as_str())).count();
            assert_eq!(n, expected as u64, "{status:?}");
        }
        let (_, links) = pages::quick_links(&db, &sees, Some(&all[1].code)).await.unwrap();
        assert_eq!(links.company, None, "it is not theirs");
        for link in links.active.iter().chain(&links.problems) {
            assert!(theirs.contains(&link.code.as_str()));
        }
        let changes = pages::changes(&db, &sees, 0, "", true).await.unwrap();
        assert_eq!(changes.rows.len(), theirs.len());
        let sum: i64 = status::counts(&db, &seen).await.unwrap().iter().map(|(.., n)| n).sum();
        assert_eq!(sum, theirs.len() as i64);
        assert!(companies::search(&db, &sees, "").await.unwrap().iter().all(|(code, _)| theirs.contains(&code.as_str())));
        assert_eq!(companies::listed(&db, &sees, "", false, 1).await.unwrap().total, theirs.len() as u64);
        let others = vec![all[0].code.clone(), all[1].code.clone()];
        let started = start::start(&db, &sees, &others, "Lee").await.unwrap();
        assert_eq!(started[1].refused.as_deref(), Some("there is no company with this code."));
        // A company they no longer are given is gone at once.
        people::change(&db, &lee.id, &wanted(&theirs[..1])).await.unwrap();
        assert_eq!(overview::page(&db, &seen, &Default::default()).await.unwrap().len(), 1);
    })
    .await;
}

/// What is read for them begins with what they may see.
#[tokio::test]
async fn few_companies_are_read_for_whoever_sees_few() {
    let database = crate::harness::databases().await.remove(0);
    let (group, _) = companies_of_all_kinds(&database.db, &mut Seeded(5), 60).await;
    let seen = Seen { group_id: group, sees: Sees::of_person("somebody") };
    for query in [
        status::counts_query(&seen),
        overview::page_query(&seen, &Default::default()),
        overview::problems_query(&seen, 5),
        overview::troubled_query(&seen),
        overview::active_query(&seen, RunState::Running, 5),
    ] {
        let steps = super::pages::plan(&database.db, query).await;
        let chosen = steps.iter().position(|step| step.contains("SEARCH chosen USING"));
        let company =
            steps.iter().position(|step| step.starts_with("SEARCH seen USING INDEX sqlite_autoindex_companies_1 (id=?)"));
        assert!(chosen.is_some() && company > chosen, "{steps:#?}");
        assert!(!steps.iter().any(|step| step.contains("SCAN seen") || step.contains("SCAN a")), "{steps:#?}");
    }
}

//! The two reads every visit makes: the counts beside the tiles, and a page of companies. Each beside the same
//! statements run bare through the driver, which is what the store adds to.

use crate::{
    group::Group,
    table::{Table, grouped, median, ms, times},
};
use sqlx::{
    AssertSqlSafe, Row, SqlitePool,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteRow},
};
use std::{str::FromStr, time::Duration};
use tieout::{
    domain::filter::Filter,
    server::{
        db::{overview as rows, query::Query, query::Value, sees::Seen, status},
        services::overview,
    },
};

/// The overview as it opens, as it is sorted by last success, and its hundredth part.
const VIEWS: [(&str, &str); 3] =
    [("first page", ""), ("first page, last success first", "sort=-last-success"), ("first page of one status", "status=errors")];

pub fn measure(group: &Group, table: &mut Table) {
    let size = grouped(group.size as u64);
    let pool = group.runtime.block_on(bare_pool(&group.url));
    let seen = Seen::everything(&group.id);

    let counts = median(times(|| {
        group.runtime.block_on(status::counts(&group.db, &seen)).expect("counts");
    }));
    let bare = median(times(|| run_bare(group, &pool, status::counts_query(&seen))));
    table.add(format!("counts per status, {size} companies"), figure(counts, bare), "flat; × bare statement");

    for (name, query) in VIEWS {
        let (filter, _) = Filter::from_query(query);
        let whole = median(times(|| {
            group.runtime.block_on(overview::page(&group.db, &seen.sees, query)).expect("a page").expect("a group");
        }));
        let page = median(times(|| {
            group.runtime.block_on(rows::page(&group.db, &seen, &filter)).expect("rows");
        }));
        let bare = median(times(|| run_bare(group, &pool, rows::page_query(&seen, &filter))));
        table.add(format!("{name}, {size} companies"), figure(page, bare), "at most 1.5 × of 1,000 companies; × bare statement");
        table.add(format!("{name} with its counts, {size} companies"), ms(whole), "at most 1.5 × of 1,000 companies");
    }
}

fn figure(time: Duration, bare: Duration) -> String {
    format!("{}, {:.2} ×", ms(time), time.as_secs_f64() / bare.as_secs_f64())
}

/// A pool like the store's own readers.
async fn bare_pool(url: &str) -> SqlitePool {
    let options = SqliteConnectOptions::from_str(url).expect("a URL").read_only(true).pragma("cache_size", "-8000");
    SqlitePoolOptions::new().max_connections(4).connect_with(options).await.expect("the database opens")
}

/// Runs a statement and fetches all its rows, reading one column of each.
fn run_bare(group: &Group, pool: &SqlitePool, query: Query) {
    let (text, values) = query.into_parts();
    let query = values.into_iter().fold(sqlx::query(AssertSqlSafe(text)), |query, value| match value {
        Value::Text(text) => query.bind(text),
        Value::Int(int) => query.bind(int),
    });
    let rows: Vec<SqliteRow> = group.runtime.block_on(query.fetch_all(pool)).expect("rows");
    assert!(rows.iter().all(|row| row.try_get_raw(0).is_ok()));
}

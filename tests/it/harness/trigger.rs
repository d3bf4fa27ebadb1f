//! What a database can be made to do by itself while the engine works on it: to refuse a change at the one moment that a test
//! is about, or to note what it saw.

use tieout::server::db::{Db, query::sql};

/// Makes the database refuse what an event would store, where a row is such, as long as it is not [`lift`]ed: the whole
/// transaction fails. `event` is as in `BEFORE INSERT ON documents`.
pub async fn refuse(db: &Db, name: &str, event: &str, row: &str) {
    let refusal =
        if db.is_postgres() { "RAISE EXCEPTION 'refused by the test'" } else { "SELECT RAISE(ABORT, 'refused by the test')" };
    also(db, name, event, row, refusal).await;
}

/// Has the database do something more in the same transaction, where a row is such.
pub async fn also(db: &Db, name: &str, event: &str, row: &str, statement: &str) {
    if !db.is_postgres() {
        let trigger = format!("CREATE TRIGGER {name} {event} FOR EACH ROW WHEN {row} BEGIN {statement}; END");
        sql(trigger).execute(db).await.unwrap();
        return;
    }
    let function = format!(
        "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN IF {row} THEN {statement}; END IF; RETURN NEW; END $$"
    );
    sql(function).execute(db).await.unwrap();
    sql(format!("CREATE TRIGGER {name} {event} FOR EACH ROW EXECUTE FUNCTION {name}()")).execute(db).await.unwrap();
}

pub async fn lift(db: &Db, name: &str, table: &str) {
    let on = if db.is_postgres() { format!(" ON {table}") } else { String::new() };
    sql(format!("DROP TRIGGER {name}{on}")).execute(db).await.unwrap();
}

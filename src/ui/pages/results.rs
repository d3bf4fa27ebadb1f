//! Sync results of one company: what needs a person and what to do about it, whether both sides agree to the
//! cent, and the recent syncs.

mod problems;
pub mod runs;
pub mod tie_out;

use super::company::{CompanyHead, Failure, code_in_address};
use crate::{
    api::{
        reading,
        results::{CompanyResults, company_results},
    },
    ui::components::CompanyPage,
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use problems::Problems;
use runs::RecentRuns;
use tie_out::TieOut;

#[component]
pub fn ResultsPage() -> impl IntoView {
    let code = code_in_address();
    let query = use_query_map().get_untracked();
    let page = query.get("page").and_then(|page| page.parse().ok());
    let answer = reading(company_results(code, query.get("cause"), page));
    view! {
        <Suspense>
            {Suspend::new(async move {
                match answer.await {
                    Ok(CompanyResults { head, results }) => {
                        let now = head.now;
                        let currency = head.row.currency.clone();
                        let code = head.row.code.clone();
                        let other_side = head.row.organisation.clone().unwrap_or_else(|| "Accounting side".into());
                        view! {
                            <CompanyHead head page=CompanyPage::Results/>
                            <Problems code=code.clone() results=results.clone() now/>
                            {results.tie_out.map(|tie_out| view! { <TieOut tie_out currency other_side now/> })}
                            <RecentRuns code runs=results.runs now/>
                        }
                        .into_any()
                    }
                    Err(error) => view! { <Failure error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

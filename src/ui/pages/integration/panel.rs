//! The practice ledger's panel: the accounting side as a person sees it who works there, so that each status can be
//! brought about by hand and resolved by hand.

use crate::domain::{money::grouped, practice::PanelState};
use leptos::prelude::*;

/// One small form: hidden fields say what is done to what, children are the fields a person fills.
#[component]
fn Act(
    code: String,
    action: &'static str,
    #[prop(optional, into)] subject: String,
    words: &'static str,
    /// What the button is about, for those who hear it alone.
    #[prop(optional, into)]
    about: String,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let label = if about.is_empty() { words.to_string() } else { format!("{words}: {about}") };
    view! {
        <form class="row" method="post" action="/api/practice-panel">
            <input type="hidden" name="code" value=code/>
            <input type="hidden" name="action" value=action/>
            {(!subject.is_empty()).then(|| view! { <input type="hidden" name="subject" value=subject/> })}
            {children.map(|children| children())}
            <button class="button" aria-label=label>{words}</button>
        </form>
    }
    .into_any()
}

#[component]
pub fn Panel(code: String, ledger: PanelState, today: String) -> impl IntoView {
    let access = if ledger.access {
        view! { <Act code=code.clone() action="revoke" words="Revoke access"/> }.into_any()
    } else {
        view! { <p class="hint">"Access is revoked. Reconnect above to be let in again."</p> }.into_any()
    };
    let line = if ledger.offline {
        view! { <Act code=code.clone() action="online" words="Bring it online"/> }
    } else {
        view! { <Act code=code.clone() action="offline" words="Take it offline"/> }
    };
    let title = format!("Practice ledger: {}", ledger.name);
    let locked_until = ledger.locked_until.clone().unwrap_or_default();
    view! {
        <section class="card form stack" aria-labelledby="panel">
            <h2 id="panel">{title}</h2>
            <p>"This is the accounting side itself. What you do here is what somebody does who works in the accounting software; the next sync finds out."</p>
            <div class="row">{access} {line}</div>
            <Act code=code.clone() action="delay" words="Set delay">
                <label for="delay">"Answers after (ms)"</label>
                <input class="input" id="delay" name="value" type="number" min="0" max="60000" value=ledger.delay_ms/>
            </Act>
            <Act code=code.clone() action="rate-limit" words="Set limit">
                <label for="limit">"Requests a minute (0: no limit)"</label>
                <input class="input" id="limit" name="value" type="number" min="0" max="10000" value=ledger.rate_limit/>
            </Act>
            <Act code=code.clone() action="lock" words="Lock period">
                <label for="lock">"Locked until (empty: nothing is locked)"</label>
                <input class="input" id="lock" name="value" type="date" value=locked_until/>
            </Act>
            <Documents code=code.clone() ledger=ledger.clone() today/>
            <Lists code ledger/>
        </section>
    }
}

#[component]
fn Documents(code: String, ledger: PanelState, today: String) -> impl IntoView {
    let currency = ledger.currency;
    let rows: Vec<_> = ledger.documents.into_iter().map(|document| {
        let amount = |minor| grouped(minor, &currency);
        let (gross, outstanding) = (amount(document.gross), amount(document.outstanding));
        let number = document.number.clone();
        let actions = (!document.voided).then(|| {
            let pay = (document.outstanding != 0)
                .then(|| view! { <Act code=code.clone() action="pay" subject=document.id.clone() words="Pay in full" about=number.clone()/> });
            view! { <div class="row">{pay} <Act code=code.clone() action="void" subject=document.id.clone() words="Void" about=number.clone()/></div> }
        });
        view! {
            <tr>
                <td>{document.kind.label()} " " {document.number}</td>
                <td>{document.contact}</td>
                <td>{document.issue_date}</td>
                <td class="number">{gross}</td>
                <td class="number">{if document.voided { "void".to_string() } else { outstanding }}</td>
                <td>{actions}</td>
            </tr>
        }
    }).collect();
    view! {
        <h3>"Documents changed last"</h3>
        {if rows.is_empty() {
            view! { <p class="hint">"Nothing has arrived in this ledger yet."</p> }.into_any()
        } else {
            view! {
                <div class="table-box" tabindex="0" role="region" aria-label="Documents of the ledger">
                    <table class="table">
                        <thead><tr><th scope="col">"Document"</th><th scope="col">"Contact"</th><th scope="col">"Date"</th><th scope="col" class="number">"Gross"</th><th scope="col" class="number">"Outstanding"</th><th scope="col">"Actions"</th></tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            }.into_any()
        }}
        <Act code action="pay" words="Record payment">
            <label for="pay-document">"Document number"</label>
            <input class="input" id="pay-document" name="subject" required maxlength="100"/>
            <label for="pay-amount">"Amount (empty: all outstanding)"</label>
            <input class="input" id="pay-amount" name="amount" inputmode="decimal" maxlength="20"/>
            <label for="pay-day">"Paid on"</label>
            <input class="input" id="pay-day" name="value" type="date" value=today/>
        </Act>
    }
}

/// Accounts, tax rates and contacts, each with what archives it or brings it back.
#[component]
fn Lists(code: String, ledger: PanelState) -> impl IntoView {
    let list = |title: &'static str, archive: &'static str, restore: &'static str, items: Vec<(String, String, bool)>| {
        let items: Vec<_> = items
            .into_iter()
            .map(|(id, name, archived)| {
                let (action, words) = if archived { (restore, "Restore") } else { (archive, "Archive") };
                let code = code.clone();
                view! {
                    <tr>
                        <td>{name.clone()} {archived.then_some(" (archived)")}</td>
                        <td><Act code action subject=id words about=name/></td>
                    </tr>
                }
            })
            .collect();
        view! {
            <details class="more">
                <summary>{title}</summary>
                <table class="table"><thead><tr><th scope="col">"Name"</th><th scope="col">"Action"</th></tr></thead><tbody>{items}</tbody></table>
            </details>
        }
    };
    let accounts = ledger.accounts.into_iter().filter(|account| !account.system);
    let accounts = accounts.map(|account| (account.id, format!("{} {}", account.code, account.name), account.archived)).collect();
    let rates = ledger.tax_rates.into_iter().map(|rate| (rate.id, rate.name, rate.archived)).collect();
    let contacts = ledger.contacts.into_iter().map(|contact| (contact.id, contact.name, contact.archived)).collect();
    view! {
        {list("Accounts", "archive-account", "restore-account", accounts)}
        {list("Tax rates", "archive-tax-rate", "restore-tax-rate", rates)}
        {list("Contacts", "archive-contact", "restore-contact", contacts)}
    }
}

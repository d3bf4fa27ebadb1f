//! Documents of the practice ledger: pay one, void one, change one's reference.

use super::super::Act;
use crate::{
    domain::{money::grouped, person::Role, practice::PanelDocument},
    ui::{
        components::{Badge, Tone},
        may,
    },
};
use leptos::prelude::*;

#[component]
pub fn Documents(code: String, documents: Vec<PanelDocument>, currency: String, today: String) -> impl IntoView {
    if documents.is_empty() {
        return view! {
            <h3>"Documents"</h3>
            <p class="second">"It holds no documents yet. A sync sends them."</p>
        }
        .into_any();
    }
    let owed: Vec<_> =
        documents.iter().filter(|document| document.outstanding != 0).map(|document| document.number.clone()).collect();
    let suggestions = owed.into_iter().map(|number| view! { <option value=number></option> }).collect_view();
    let rows = documents
        .into_iter()
        .map(|document| {
            let paid = document.outstanding == 0;
            let act = if document.voided {
                view! { <Badge tone=Tone::Neutral>"Voided"</Badge> }.into_any()
            } else {
                let number = document.number.clone();
                let pay = (!paid).then(|| {
                    let with = vec![("document", document.id.clone()), ("paid_on", today.clone()), ("reference", String::new())];
                    view! { <Act to="/api/practice-payment" code=code.clone() words="Pay in full" class="small" with of=number.clone()/> }
                });
                let with = vec![("document", document.id.clone())];
                view! {
                    {pay}
                    <Act to="/api/practice-void" code=code.clone() words="Void" class="small danger" with of=number/>
                }
                .into_any()
            };
            view! {
                // Where a record's page leads to.
                <tr id=format!("there-{}", document.id)>
                    <th scope="row">{document.number} <span class="second">{document.kind.label()}</span></th>
                    <td>{document.contact} <span class="second">{document.reference}</span></td>
                    <td data-label="Dated">{document.issue_date}</td>
                    <td class="number" data-label="Gross">{grouped(document.gross, &currency)}</td>
                    <td class="number" data-label="Outstanding">{grouped(document.outstanding, &currency)}</td>
                    <td><div class="row">{act}</div></td>
                </tr>
            }
        })
        .collect_view();
    let text = |id: &'static str, label: &'static str, required: bool| {
        view! {
            <div class="field">
                <label for=id>{label}</label>
                <input class="input" id=id name=id maxlength="255" required=required list=(id == "document").then_some("owed")/>
            </div>
        }
    };
    view! {
        <h3>"Documents"</h3>
        <fieldset class="only" disabled=!may(Role::Manager)>
            <form class="one-line" method="post" action="/api/practice-payment" aria-label="Record a payment">
                <input type="hidden" name="code" value=code.clone()/>
                <datalist id="owed">{suggestions}</datalist>
                {text("document", "Record a payment of document", true)}
                <div class="field">
                    <label for="amount">"Amount, empty for all"</label>
                    <input class="input" id="amount" name="amount" inputmode="decimal" maxlength="20"/>
                </div>
                <div class="field">
                    <label for="paid_on">"Paid on"</label>
                    <input class="input" id="paid_on" name="paid_on" type="date" required value=today/>
                </div>
                {text("reference", "Reference", false)}
                <button class="button">"Record payment"</button>
            </form>
        </fieldset>
        <fieldset class="only" disabled=!may(Role::Manager)>
            <form class="one-line" method="post" action="/api/practice-reference" aria-label="Change a reference">
                <input type="hidden" name="code" value=code/>
                <div class="field">
                    <label for="referred">"Change the reference of document"</label>
                    <input class="input" id="referred" name="document" required maxlength="255"/>
                </div>
                <div class="field">
                    <label for="new-reference">"New reference"</label>
                    <input class="input" id="new-reference" name="reference" maxlength="255"/>
                </div>
                <button class="button">"Change"</button>
            </form>
        </fieldset>
        <p class="second">"Those changed last, newest first. Amounts in " {currency.clone()} "."</p>
        <div class="table-box framed">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Document"</th>
                        <th scope="col">"Contact"</th>
                        <th scope="col">"Dated"</th>
                        <th scope="col" class="number">"Gross"</th>
                        <th scope="col" class="number">"Outstanding"</th>
                        <th scope="col"><span class="visually-hidden">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

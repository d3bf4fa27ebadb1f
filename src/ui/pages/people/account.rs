//! One's own account: the password, where one is signed in, and the tokens of one's programs.

use super::{
    super::company::Failure,
    tokens::{NewToken, Tokens},
};
use crate::{
    api::{
        account::{Account, account},
        reading,
    },
    domain::person::{Enrolment, ListedSession, SecondFactor},
    ui::components::{Badge, Field, PageHeader, Tone},
};
use leptos::prelude::*;

/// `/account`
#[component]
pub fn AccountPage() -> impl IntoView {
    let answer = reading(account());
    let content = async move {
        match answer.await {
            Ok(account) => view! { <Shown account/> }.into_any(),
            Err(error) => view! { <Failure error/> }.into_any(),
        }
    };
    view! { <Suspense>{Suspend::new(content)}</Suspense> }
}

#[component]
fn Shown(account: Account) -> impl IntoView {
    let Account { me, sessions, second_factor, tokens } = account;
    let role_of_me = me.role;
    let sees = if me.sees_all { "all companies" } else { "chosen companies" };
    let role = format!("{}, {sees}: {}.", me.role.label(), me.role.may());
    let several = sessions.len() > 1;
    let rows: Vec<_> = sessions.into_iter().map(|session| view! { <Row session/> }).collect();
    let old = me.has_password.then(|| {
        view! { <Field name="old" label="Present password" kind="password" required=true autocomplete="current-password"/> }
    });
    view! {
        <PageHeader title=me.name facts=me.email>
            <form class="own" method="post" action="/api/sign-out"><button class="button">"Sign out"</button></form>
        </PageHeader>
        <p>{role}</p>
        <section class="card stack" aria-labelledby="sessions">
            <h2 id="sessions">"Where you are signed in"</h2>
            <div class="table-box">
                <table class="table listed" aria-labelledby="sessions">
                    <thead>
                        <tr>
                            <th scope="col">"Browser"</th>
                            <th scope="col">"Address"</th>
                            <th scope="col">"Since"</th>
                            <th scope="col">"Last used"</th>
                            <th scope="col"><span class="visually-hidden">"End it"</span></th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {several
                .then(|| {
                    view! {
                        <form class="own" method="post" action="/api/end-other-sessions">
                            <button class="button">"Sign out everywhere else"</button>
                        </form>
                    }
                })}
        </section>
        <section class="card narrow stack" aria-labelledby="password-head">
            <h2 id="password-head">{if me.has_password { "Change the password" } else { "Choose a password" }}</h2>
            <form class="form own" method="post" action="/api/change-password">
                {old}
                <Field
                    name="password"
                    label="New password"
                    kind="password"
                    required=true
                    hint="At least 8 characters; 15 or more are better. You are signed out everywhere else."
                    autocomplete="new-password"
                />
                <div class="row"><button class="button primary">"Change it"</button></div>
            </form>
        </section>
        <section class="card narrow stack" aria-labelledby="second-factor">
            <h2 id="second-factor">"Second factor"</h2>
            <Second second_factor/>
        </section>
        <section class="card stack" aria-labelledby="tokens">
            <h2 id="tokens">"API tokens"</h2>
            <p>"A program that shows one acts for you, within the role and the companies you choose for it."</p>
            <Tokens tokens/>
            <NewToken most=role_of_me/>
        </section>
    }
}

#[component]
fn Second(second_factor: SecondFactor) -> impl IntoView {
    match second_factor {
        SecondFactor::Off => view! {
            <p>"An app on your phone makes a code every half minute, and signing in asks for it besides the password."</p>
            <form class="own" method="post" action="/api/begin-second-factor"><button class="button">"Set it up"</button></form>
        }
        .into_any(),
        SecondFactor::Begun(Enrolment { secret, address, picture }) => view! {
            <p>"Take this picture with the app, or " <a href=address>"open it on this device"</a> ", or type the letters in:"</p>
            <div class="qr" role="img" aria-label="QR code of the second factor" inner_html=picture></div>
            <p><code>{secret}</code></p>
            <form class="form own" method="post" action="/api/confirm-second-factor">
                <Field name="code" label="The code it shows" required=true maxlength=10 autocomplete="one-time-code"/>
                <div class="row"><button class="button primary">"Ask for it from now on"</button></div>
            </form>
            <form class="own" method="post" action="/api/cancel-second-factor"><button class="button quiet">"Not now"</button></form>
        }
        .into_any(),
        SecondFactor::On { since, codes_left } => view! {
            <p>{format!("On since {}. {codes_left} recovery codes are left.", since.text)}</p>
            <form class="form own" method="post" action="/api/remove-second-factor">
                <Field name="code" label="Code" required=true maxlength=40 hint="Of the device, or a recovery code." autocomplete="one-time-code"/>
                <div class="row"><button class="button">"Take it away"</button></div>
            </form>
        }
        .into_any(),
    }
}

#[component]
fn Row(session: ListedSession) -> impl IntoView {
    let end = (!session.is_this).then(|| {
        view! {
            <form class="own" method="post" action="/api/end-session">
                <input type="hidden" name="session" value=session.id/>
                <button class="button small">"End"</button>
            </form>
        }
    });
    let here = session.is_this.then(|| view! { <Badge tone=Tone::Good>"This one"</Badge> });
    view! {
        <tr>
            <th scope="row">{session.agent} " " {here}</th>
            <td data-label="Address">{session.address}</td>
            <td data-label="Since">{session.began.text}</td>
            <td data-label="Last used">{session.seen.text}</td>
            <td class="actions">{end}</td>
        </tr>
    }
}

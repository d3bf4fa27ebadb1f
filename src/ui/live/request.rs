//! Requests whose answers are pages. Server functions carry data; a page as the server writes it, and a file on
//! its way there, go by the browser's own request, which also tells how much of a file has been sent.

use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{FormData, ProgressEvent, XmlHttpRequest};

/// A page that takes longer is not waited for. A file may take its time.
const PATIENCE_MS: u32 = 15_000;

/// What came back.
pub struct Answer {
    pub status: u16,
    pub text: String,
    /// Where the answer is from, redirects followed.
    pub address: String,
}

/// Reads the page at an address; `None` where no answer came.
pub fn get(address: &str, ended: impl FnOnce(Option<Answer>) + 'static) {
    let Ok(request) = XmlHttpRequest::new() else { return };
    let _ = request.open("GET", address);
    request.set_timeout(PATIENCE_MS);
    when_ended(&request, ended);
    let _ = request.send();
}

/// Sends a form with its file. `sent` is told how many bytes of how many have gone.
pub fn post(address: &str, form: &FormData, sent: impl Fn(f64, f64) + 'static, ended: impl FnOnce(Option<Answer>) + 'static) {
    let Ok(request) = XmlHttpRequest::new() else { return };
    let _ = request.open("POST", address);
    let sent = Closure::<dyn FnMut(ProgressEvent)>::new(move |event: ProgressEvent| sent(event.loaded(), event.total()));
    if let Ok(upload) = request.upload() {
        upload.set_onprogress(Some(sent.as_ref().unchecked_ref()));
    }
    when_ended(&request, move |answer| {
        drop(sent);
        ended(answer);
    });
    let _ = request.send_with_opt_form_data(Some(form));
}

fn when_ended(request: &XmlHttpRequest, ended: impl FnOnce(Option<Answer>) + 'static) {
    let answered = request.clone();
    let closure = Closure::once_into_js(move || {
        let status = answered.status().unwrap_or(0);
        ended((status > 0).then(|| Answer {
            status,
            text: answered.response_text().ok().flatten().unwrap_or_default(),
            address: answered.response_url(),
        }));
    });
    request.set_onloadend(Some(closure.unchecked_ref()));
}

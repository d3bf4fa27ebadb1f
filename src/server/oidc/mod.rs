//! Signing in through another service: OpenID Connect, by a code with PKCE. The service is asked who somebody is, and
//! what it answers is verified here; whether that person may come in is decided elsewhere.

mod error;
mod wire;

pub use error::OidcError;

use super::{config::Oidc, services::people::Voucher};
use anyhow::{Context, anyhow};
use openidconnect::{
    AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope,
    SignatureVerificationError, SubjectIdentifier,
    core::{
        CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreIdTokenVerifier, CoreJwsSigningAlgorithm as Algorithm,
        CoreProviderMetadata, CoreTokenResponse, CoreUserInfoClaims,
    },
};
use serde::{Deserialize, Serialize};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::{Semaphore, SemaphorePermit};
use url::Url;
use wire::Wire;

/// Where the service sends people back to.
pub const BACK: &str = "/sign-in/back";

/// What the service says about itself holds for so long; its keys are asked for anew whenever one is not known.
const KNOWN_FOR: Duration = Duration::from_secs(60 * 60);
/// For all that is asked of it at one sign-in: less than an answer of ours may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// Sign-ins for which it is being asked at once.
const MOST_AT_ONCE: usize = 16;

/// Signatures that are believed: those made with a key that the service alone has. Neither none, nor one made with a secret
/// that we have too.
const BELIEVED: [Algorithm; 9] = [
    Algorithm::RsaSsaPkcs1V15Sha256,
    Algorithm::RsaSsaPkcs1V15Sha384,
    Algorithm::RsaSsaPkcs1V15Sha512,
    Algorithm::RsaSsaPssSha256,
    Algorithm::RsaSsaPssSha384,
    Algorithm::RsaSsaPssSha512,
    Algorithm::EcdsaP256Sha256,
    Algorithm::EcdsaP384Sha384,
    Algorithm::EdDsa,
];

type Client = CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// A sign-in that was begun, for the browser that began it: what comes back has to fit it.
#[derive(Clone, Serialize, Deserialize)]
pub struct Leaving {
    pub state: String,
    nonce: String,
    verifier: String,
    /// The page the person wanted.
    pub to: String,
    /// Where the browser is sent.
    pub address: String,
}

/// The service, as this server knows it.
pub struct Service {
    name: String,
    issuer: IssuerUrl,
    client_id: ClientId,
    client_secret: Option<ClientSecret>,
    back: RedirectUrl,
    domains: Vec<String>,
    wire: Wire,
    /// What it says about itself, and when it said so. Nothing is lost with it: it is asked again.
    known: Mutex<Option<(Instant, Arc<CoreProviderMetadata>)>>,
    turns: Semaphore,
}

impl Service {
    /// The service that is set. It is asked for nothing before somebody wants to sign in through it.
    pub fn of(settings: &Oidc, public_url: &Url) -> anyhow::Result<Service> {
        let issuer = IssuerUrl::new(settings.issuer.clone()).context("oidc_issuer is not an address")?;
        Ok(Service {
            name: settings.name.clone(),
            wire: Wire::to(issuer.url())?,
            issuer,
            client_id: ClientId::new(settings.client_id.clone()),
            client_secret: settings.client_secret.clone().map(ClientSecret::new),
            back: RedirectUrl::from_url(public_url.join(BACK).context("public_url leads nowhere")?),
            domains: settings.domains.clone(),
            known: Mutex::new(None),
            turns: Semaphore::new(MOST_AT_ONCE),
        })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Begins a sign-in of somebody who wants to go on to the page `to`.
    pub async fn begin(&self, to: &str) -> Result<Leaving, OidcError> {
        let _turn = self.turn()?;
        let client = self.client(&*self.within(self.metadata()).await?);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (address, state, nonce) = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
            .add_scope(Scope::new("email".to_owned()))
            .set_pkce_challenge(challenge)
            .url();
        Ok(Leaving {
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            verifier: verifier.into_secret(),
            to: to.to_owned(),
            address: address.into(),
        })
    }

    /// Whom the service vouches for, by the code that somebody brought back from it.
    pub async fn vouch(&self, leaving: &Leaving, code: &str) -> Result<Voucher, OidcError> {
        let _turn = self.turn()?;
        self.within(self.exchange(leaving, code)).await
    }

    fn turn(&self) -> Result<SemaphorePermit<'_>, OidcError> {
        self.turns.try_acquire().map_err(|_| OidcError::Busy)
    }

    async fn within<T>(&self, answer: impl Future<Output = Result<T, OidcError>>) -> Result<T, OidcError> {
        let late = |_| Err(OidcError::Silent(anyhow!("no answer within {} s in all", PATIENCE.as_secs())));
        tokio::time::timeout(PATIENCE, answer).await.unwrap_or_else(late)
    }

    async fn exchange(&self, leaving: &Leaving, code: &str) -> Result<Voucher, OidcError> {
        let client = self.client(&*self.metadata().await?);
        let request = client.exchange_code(AuthorizationCode::new(code.to_owned()));
        let request = request.map_err(|_| OidcError::untrusted("it names no token endpoint"))?;
        let verifier = PkceCodeVerifier::new(leaving.verifier.clone());
        let answer = request.set_pkce_verifier(verifier).request_async(&self.wire).await?;
        let token = answer.extra_fields().id_token().ok_or_else(|| OidcError::untrusted("it sent no ID token"))?;
        let nonce = Nonce::new(leaving.nonce.clone());
        let mut claims = token.claims(&believing(&client), &nonce);
        if let Err(ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey)) = claims {
            // It has changed its keys since they were asked for.
            claims = token.claims(&believing(&self.client(&*self.discover().await?)), &nonce);
        }
        let claims = claims?;
        let (email, is_verified) = match claims.email() {
            Some(email) => (email.to_string(), claims.email_verified()),
            None => self.asked_for(&client, &answer, claims.subject()).await?,
        };
        if is_verified != Some(true) {
            return Err(OidcError::Unverified(email));
        }
        if !self.is_believed_about(&email) {
            return Err(OidcError::Foreign(email));
        }
        let subject = claims.subject().to_string();
        Ok(Voucher { by: self.name.clone(), issuer: self.issuer.to_string(), subject, email })
    }

    /// The e-mail address and whether it is verified, from where a service may keep what it leaves out of its tokens.
    async fn asked_for(
        &self,
        client: &Client,
        answer: &CoreTokenResponse,
        subject: &SubjectIdentifier,
    ) -> Result<(String, Option<bool>), OidcError> {
        let Ok(request) = client.user_info(answer.access_token().clone(), Some(subject.clone())) else {
            return Ok((String::new(), None));
        };
        let claims: CoreUserInfoClaims = request.request_async(&self.wire).await?;
        Ok((claims.email().map(|email| email.to_string()).unwrap_or_default(), claims.email_verified()))
    }

    fn is_believed_about(&self, email: &str) -> bool {
        let domain = email.rsplit_once('@').map(|(_, domain)| domain).unwrap_or_default();
        self.domains.iter().any(|believed| believed.eq_ignore_ascii_case(domain))
    }

    async fn metadata(&self) -> Result<Arc<CoreProviderMetadata>, OidcError> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match known {
            Some((since, metadata)) if since.elapsed() < KNOWN_FOR => Ok(metadata),
            _ => self.discover().await,
        }
    }

    async fn discover(&self) -> Result<Arc<CoreProviderMetadata>, OidcError> {
        let metadata = CoreProviderMetadata::discover_async(self.issuer.clone(), &self.wire).await?;
        // The others are asked through the wire, which looks itself; this one the browser is sent to.
        if !self.wire.may_use(metadata.authorization_endpoint().url()) {
            return Err(OidcError::untrusted("its authorization endpoint is not encrypted"));
        }
        let metadata = Arc::new(metadata);
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), metadata.clone()));
        Ok(metadata)
    }

    fn client(&self, metadata: &CoreProviderMetadata) -> Client {
        let methods = metadata.token_endpoint_auth_methods_supported();
        let takes = |method| methods.is_some_and(|methods| methods.contains(&method));
        let in_body = takes(CoreClientAuthMethod::ClientSecretPost) && !takes(CoreClientAuthMethod::ClientSecretBasic);
        CoreClient::from_provider_metadata(metadata.clone(), self.client_id.clone(), self.client_secret.clone())
            .set_redirect_uri(self.back.clone())
            .set_auth_type(if in_body { AuthType::RequestBody } else { AuthType::BasicAuth })
    }
}

fn believing(client: &Client) -> CoreIdTokenVerifier<'_> {
    client.id_token_verifier().set_allowed_algs(BELIEVED)
}

// Host, Origin, Sec-Fetch-Site and Cookie.
#include "server/browser.h"

#include <algorithm>
#include <array>
#include <optional>

#include "auth/keeper.h"

namespace cairn::server {
namespace {

// Longer than a session lives: when it ends is for the server to say, who sees each request.
constexpr int64_t kCookieAgeS = 400 * 24 * 3600;  // the most that browsers keep

std::string_view header(const Request& request, std::string_view name) {
  const std::string* value = request.header(name);
  return value ? std::string_view(*value) : std::string_view();
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

struct Authority {
  std::string host;  // in lower case, "[::1]" in its brackets
  std::string port;  // "" when none is named
};

Authority parse_authority(std::string_view text) {
  const size_t bracket = text.rfind(']');
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || (bracket != std::string_view::npos && colon < bracket))
    return {lower(text), ""};
  return {lower(text.substr(0, colon)), std::string(text.substr(colon + 1))};
}

bool is_same(std::string_view scheme, const Authority& origin, const Authority& host) {
  const std::string_view usual = scheme == "https" ? "443" : "80";
  const auto port_of = [&](const Authority& a) { return a.port.empty() ? usual : a.port; };
  return origin.host == host.host && port_of(origin) == port_of(host);
}

// The browser's way to us is encrypted, all of it or as far as a proxy in front of us.
bool is_secure(const Request& request) {
  return request.peer.is_tls || header(request, "x-forwarded-proto") == "https";
}

std::string cookie_name(const Request& request) {
  const std::string port = parse_authority(header(request, "host")).port;
  const bool is_number =
      !port.empty() && port.size() <= 5 &&
      std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
  // Browsers take a name with this prefix from the host itself only, not from its neighbours.
  return std::string(is_secure(request) ? "__Host-" : "") + "cairn_session" +
         (is_number ? "_" + port : "");
}

std::string print_cookie(const Request& request, std::string_view value, int64_t age_s) {
  return fmt::format("{}={}; Max-Age={}; Path=/; HttpOnly; SameSite=Strict{}", cookie_name(request),
                     value, age_s, is_secure(request) ? "; Secure" : "");
}

}  // namespace

Result<void> check_loopback_host(const Request& request) {
  const std::string_view host = header(request, "host");
  const std::string name = parse_authority(host).host;
  if (name == "localhost" || name == "127.0.0.1" || name == "[::1]") return {};
  return fail(Code::kInvalid,
              "expected localhost, 127.0.0.1 or [::1] as the Host while there is neither user nor "
              "key, found '{}'; 'cairn user add NAME --admin' lets people in by any name",
              host);
}

Result<void> check_same_origin(const Request& request) {
  const std::string_view site = header(request, "sec-fetch-site");
  if (!site.empty() && site != "same-origin" && site != "none")
    return fail(Code::kInvalid,
                "expected a request of Cairn's own page, found one of another site");
  const std::string* origin = request.header("origin");
  if (!origin) return {};
  const size_t colon = origin->find("://");
  const std::string_view scheme = std::string_view(*origin).substr(0, colon);
  if ((scheme == "http" && !request.peer.is_tls) || scheme == "https") {
    const Authority from = parse_authority(std::string_view(*origin).substr(colon + 3));
    // A page of another site cannot add this header without asking first, and we never say yes.
    const std::string_view forwarded = header(request, "x-forwarded-host");
    if (is_same(scheme, from, parse_authority(header(request, "host"))) ||
        (!forwarded.empty() && is_same(scheme, from, parse_authority(forwarded))))
      return {};
  }
  return fail(
      Code::kInvalid,
      "expected a request of Cairn's own page at '{}', found one of '{}'; a proxy must pass "
      "the Host header on",
      header(request, "host"), *origin);
}

bool came_through_proxy(const Request& request) {
  constexpr std::array<std::string_view, 5> kMarks = {"forwarded", "via", "x-forwarded-for",
                                                      "x-forwarded-host", "x-real-ip"};
  return std::any_of(kMarks.begin(), kMarks.end(),
                     [&](std::string_view mark) { return request.header(mark) != nullptr; });
}

std::string find_session_token(const Request& request) {
  const std::string wanted = cookie_name(request) + "=";
  for (const auto& [name, value] : request.headers) {
    if (name != "cookie") continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const size_t end = std::min(rest.find(';'), rest.size());
      std::string_view pair = rest.substr(0, end);
      while (pair.starts_with(' ')) pair.remove_prefix(1);
      if (pair.starts_with(wanted)) return std::string(pair.substr(wanted.size()));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return "";
}

std::string print_session_cookie(const Request& request, std::string_view token) {
  return print_cookie(request, token, kCookieAgeS);
}

std::string print_ended_cookie(const Request& request) { return print_cookie(request, "", 0); }

}  // namespace cairn::server

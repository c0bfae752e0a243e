// The URL of a server: parsing, printing, and what it is called as a folder.
#include <algorithm>
#include <cctype>
#include <charconv>

#include "http/connection.h"

namespace cairn::http {
namespace {

constexpr uint16_t kPort = 80, kTlsPort = 443;
constexpr size_t kUrlBytesMax = 2048;
constexpr size_t kFolderBytesMax = 100;

tl::unexpected<Error> refuse(std::string_view text) {
  return fail(Code::kInvalid, "expected a server as http://HOST:PORT or https://HOST, found '{}'",
              text.substr(0, 200));
}

bool is_host(std::string_view host) {
  const bool in_brackets = host.starts_with('[') && host.ends_with(']') && host.size() > 2;
  if (in_brackets) host = host.substr(1, host.size() - 2);
  return !host.empty() && std::all_of(host.begin(), host.end(), [&](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == '_' ||
           (in_brackets && c == ':');
  });
}

bool is_prefix(std::string_view prefix) {
  return std::all_of(prefix.begin(), prefix.end(), [](char c) {
    return c > ' ' && c < 0x7F && c != '?' && c != '#' && c != '"' && c != '<' && c != '>' &&
           c != '\\';
  });
}

// "HOST" or "HOST:PORT".
bool take_authority(std::string_view authority, Url& url) {
  const size_t in_brackets = authority.find(']');  // the colons of an IPv6 address begin no port
  const size_t colon = authority.find(':', in_brackets == std::string_view::npos ? 0 : in_brackets);
  url.host = authority.substr(0, colon);
  std::transform(url.host.begin(), url.host.end(), url.host.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  url.port = url.is_tls ? kTlsPort : kPort;
  if (colon != std::string_view::npos) {
    const std::string_view digits = authority.substr(colon + 1);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), url.port);
    if (error != std::errc() || end != digits.data() + digits.size() || url.port == 0) return false;
  }
  return is_host(url.host);
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  Url url;
  std::string_view rest = text;
  if (rest.starts_with("https://"))
    url.is_tls = true;
  else if (!rest.starts_with("http://"))
    return refuse(text);
  rest.remove_prefix(rest.find("//") + 2);
  const size_t slash = std::min(rest.find('/'), rest.size());
  if (rest.substr(0, slash).find('@') != std::string_view::npos)
    return fail(Code::kInvalid,
                "expected a server's URL without a user or password in it: a key goes into "
                "CAIRN_API_KEY");
  std::string_view prefix = rest.substr(slash);
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  url.prefix = prefix;
  if (text.size() > kUrlBytesMax || !take_authority(rest.substr(0, slash), url) ||
      !is_prefix(prefix))
    return refuse(text);
  return url;
}

std::string print_url(const Url& url) {
  return fmt::format("{}://{}:{}{}", url.is_tls ? "https" : "http", url.host, url.port, url.prefix);
}

std::string folder_of(const Url& url) {
  std::string name = fmt::format("{}_{}{}", url.host, url.port, url.prefix);
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '.' && c != '-') c = '_';
  if (name.front() == '.') name.front() = '_';
  return name.substr(0, kFolderBytesMax);
}

bool is_loopback(const Url& url) {
  return url.host == "localhost" || url.host == "[::1]" || url.host.starts_with("127.");
}

}  // namespace cairn::http

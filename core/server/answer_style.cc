// What a browser is told of an answer.
#include "server/answer_style.h"

#include <algorithm>

#include "server/compress.h"

namespace cairn::server {
namespace {

constexpr size_t kWorthwhileBytes = 1024;

// Everything from this server, no inline script or style, no frames around us; `blob:` is for media
// that the page has loaded itself.
constexpr std::string_view kContentPolicy =
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "frame-src 'self' blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self'";

constexpr std::pair<std::string_view, std::string_view> kHeaders[] = {
    {"Content-Security-Policy", kContentPolicy},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cache-Control", "no-store"},
};

bool has_header(const Response& response, std::string_view name) {
  return std::any_of(response.headers.begin(), response.headers.end(),
                     [&](const auto& header) { return header.first == name; });
}

// Columns are numbers whose low bits are noise: gzip takes a tenth of them for many times the
// time of making them.
bool is_text(std::string_view type) {
  return type.starts_with("text/") || type.starts_with("application/json") ||
         type.starts_with("image/svg+xml");
}

void compress_answer(const Request& request, Response& response) {
  if (response.body.size() < kWorthwhileBytes || response.file || response.events ||
      response.status == 206 || !is_text(response.content_type) ||
      has_header(response, "Content-Encoding"))
    return;
  response.headers.emplace_back("Vary", "Accept-Encoding");
  const std::string* accepted = request.header("accept-encoding");
  const Coding coding = accepted ? choose_coding(*accepted) : Coding::kIdentity;
  auto compressed = compress(response.body, coding);
  if (!compressed) return;
  response.body = std::move(*compressed);
  response.headers.emplace_back("Content-Encoding", print_coding(coding));
}

}  // namespace

void style_answer(const Request& request, Response& response) {
  compress_answer(request, response);
  for (const auto& [name, value] : kHeaders)
    if (!has_header(response, name)) response.headers.emplace_back(name, value);
}

}  // namespace cairn::server

// Assets by path, with what lets a browser keep them.
#include "server/page.h"

#include <algorithm>

#include "server/call.h"
#include "server/compress.h"
#include "server/target.h"

namespace cairn::server {
namespace {

constexpr std::string_view kIndex = "/index.html";
constexpr std::string_view kHashed = "/assets/";

Response answer_absent(std::string_view path) {
  return answer_error(Error(Code::kNotFound, fmt::format("no such file of the page ({})", path)));
}

// "." and ".." mean nothing here, and nobody who sends them means well.
bool is_plain(std::string_view path) {
  const auto parts = split_path(path);
  return parts && std::none_of(parts->begin(), parts->end(), [](const std::string& part) {
           return part == "." || part == ".." || part.find('\0') != std::string::npos;
         });
}

bool has_tag(const Request& request, std::string_view etag) {
  const std::string* known = request.header("if-none-match");
  return known && (*known == "*" || known->find(etag) != std::string::npos);
}

}  // namespace

const Asset* Page::find(std::string_view path) const {
  const auto found = std::find_if(x_assets.begin(), x_assets.end(),
                                  [&](const Asset& asset) { return asset.path == path; });
  return found == x_assets.end() ? nullptr : &*found;
}

Response Page::answer(const Request& request) const {
  if (request.method != "GET" && request.method != "HEAD") {
    Response response =
        answer_error(Error(Code::kInvalid, fmt::format("expected GET, HEAD, found {} ({})",
                                                       request.method, request.path)));
    response.status = 405;
    response.headers.emplace_back("Allow", "GET, HEAD");
    return response;
  }
  if (!is_plain(request.path)) return answer_absent(request.path);
  const bool is_hashed = request.path.starts_with(kHashed);
  const Asset* asset = find(request.path);
  if (!asset && !is_hashed) asset = find(kIndex);
  if (!asset && x_assets.empty())
    return answer_error(
        Error(Code::kNotFound, "this cairn was built without the page; its API is below /api/v1"));
  if (!asset) return answer_absent(request.path);

  Response response;
  response.content_type = asset->content_type;
  response.headers.emplace_back("ETag", asset->etag);
  response.headers.emplace_back("Vary", "Accept-Encoding");
  response.headers.emplace_back("Cache-Control",
                                is_hashed ? "public, max-age=31536000, immutable" : "no-cache");
  if (has_tag(request, asset->etag)) {
    response.status = 304;
    return response;
  }
  const std::string* accepted = request.header("accept-encoding");
  if (accepted && choose_coding(*accepted) == Coding::kGzip) {
    response.headers.emplace_back("Content-Encoding", "gzip");
    response.body = asset->gzip;
    return response;
  }
  auto plain = gunzip(asset->gzip, asset->bytes);
  if (!plain) return answer_error(plain.error());
  response.body = std::move(*plain);
  return response;
}

}  // namespace cairn::server

// Answers as docs/api.md says.
#include "client/testing/fake_cairn.h"

#include <gtest/gtest.h>

#include "base/hash.h"
#include "journal/journal.h"

namespace cairn::client {
namespace {

constexpr std::string_view kError = R"({"error": {"code": "invalid", "message": "no entry"}})";

std::string last_part(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));
}

uint64_t number(const http::FakeServer::Asked& asked, std::string_view param) {
  const std::string text = asked.param(param);
  return text.empty() ? 0 : std::stoull(text);
}

}  // namespace

std::string FakeCairn::journal(const std::string& name) {
  const std::lock_guard lock(x_mutex);
  return x_journals[name].bytes;
}

std::map<std::string, std::string> FakeCairn::journals() {
  const std::lock_guard lock(x_mutex);
  std::map<std::string, std::string> all;
  for (const auto& [name, journal] : x_journals)
    if (!journal.bytes.empty()) all[name] = journal.bytes;
  return all;
}

bool FakeCairn::is_closed(const std::string& name) {
  const std::lock_guard lock(x_mutex);
  return x_journals[name].closed;
}

std::string FakeCairn::blob(const std::string& sha256) {
  const std::lock_guard lock(x_mutex);
  return x_blobs[sha256].bytes;
}

void FakeCairn::forget(const std::string& name) {
  const std::lock_guard lock(x_mutex);
  x_journals.erase(name);
}

void FakeCairn::close(const std::string& name) {
  const std::lock_guard lock(x_mutex);
  x_journals[name].closed = true;
}

void FakeCairn::has_run(int session, bool alive, int64_t last_step) {
  const std::lock_guard lock(x_mutex);
  x_session =
      fmt::format(R"({{"session": {}, "alive": {}, "last_step": {}}})", session, alive, last_step);
}

FakeCairn::Reply FakeCairn::answer(const Asked& asked) {
  ++x_requests;
  x_body_bytes += asked.body.size();
  if (const int status = x_refusal) return http::FakeServer::reply(status, kError);
  const std::lock_guard lock(x_mutex);
  const std::string name = last_part(asked.path());
  if (asked.path().starts_with("/api/v1/blobs/")) return answer_blob(asked, name);
  if (name == "journals") return http::FakeServer::reply(200, x_session);
  return answer_journal(asked, name);
}

FakeCairn::Reply FakeCairn::answer_journal(const Asked& asked, const std::string& name) {
  Journal& journal = x_journals[name];
  std::string& bytes = journal.bytes;
  const uint64_t from = number(asked, "from");
  int status = 200;
  if (asked.method == "PUT" && !journal.closed) {
    if (from > bytes.size() && asked.param("skip") == "1" && !bytes.empty())
      bytes.resize(from, '\0');
    if (from > bytes.size()) status = 409;
    if (bytes.empty() && from == 0) bytes = asked.body.substr(0, journal::kHeaderBytes);
    while (status == 200) {
      const auto frame = journal::frame_at(asked.body, from, bytes.size());
      if (!frame) break;
      const size_t size = journal::frame_bytes(frame->payload.size());
      bytes += asked.body.substr(bytes.size() - from, size);
    }
    if (asked.param("closed") == "1" && status == 200)
      journal.closed = bytes.size() == from + asked.body.size();
  }
  const std::string error = status == 409 ? R"("error": {"message": "a gap"}, )" : "";
  return http::FakeServer::reply(
      status, fmt::format(R"({{{}"offset": {}, "durable": {}, "closed": {}}})", error, bytes.size(),
                          x_durable ? bytes.size() : 0, journal.closed));
}

FakeCairn::Reply FakeCairn::answer_blob(const Asked& asked, const std::string& sha256) {
  Blob& blob = x_blobs[sha256];
  const auto is_complete = [&] { return print_hex(cairn::sha256(blob.bytes)) == sha256; };
  if (asked.method == "HEAD")
    return {is_complete() ? "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n"
                          : "HTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n\r\n"};
  const uint64_t from = number(asked, "from");
  if (from <= blob.bytes.size() && from + asked.body.size() > blob.bytes.size())
    blob.bytes += asked.body.substr(blob.bytes.size() - from);
  return http::FakeServer::reply(
      200, fmt::format(R"({{"bytes": {}, "complete": {}}})", blob.bytes.size(), is_complete()));
}

}  // namespace cairn::client

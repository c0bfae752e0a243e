// Rules of the requests that bring journals and blobs; what happens to the bytes is tested where it
// is done (core/ingest, core/blobs).
#include "server/receiving.h"

#include <gtest/gtest.h>

#include "base/hash.h"
#include "base/testing/fake_disk.h"
#include "journal/journal.h"
#include "server/target.h"
#include "wire/json.h"

namespace cairn::server {
namespace {

using model::Value;

constexpr char kJournal[] = "/api/v1/projects/p/journals/r~1~w.clog";

std::string a_journal(int frames) {
  std::string bytes = journal::encode_header({});
  for (int i = 0; i < frames; ++i) journal::append_frame(bytes, bytes.size(), 3, "a frame");
  return bytes;
}

class ReceivingTest : public testing::Test {
 protected:
  Response call(const std::string& method, const std::string& target, std::string body = {}) {
    Request request;
    request.method = method;
    EXPECT_TRUE(parse_target(target, request)) << target;
    request.body = std::move(body);
    return receiving.handle(request);
  }
  static Value body_of(const Response& response) {
    const auto body = wire::parse_json(response.body);
    EXPECT_TRUE(body) << response.body;
    return body.value_or(Value());
  }
  static int64_t number(const Response& response, std::string_view name) {
    const Value body = body_of(response);
    const Value* member = body.find(name);
    EXPECT_TRUE(member) << response.body;
    return member ? member->int_or(-1) : -1;
  }

  FakeDisk disk;
  Receiving receiving{disk, model::Layout("/store"),
                      [](auto, auto&) -> Result<std::optional<uint64_t>> { return std::nullopt; }};
};

TEST_F(ReceivingTest, AJournalThatIsNotThereStandsAtZero) {
  const Response response = call("GET", kJournal);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"offset":0,"durable":0,"closed":false})");
}

TEST_F(ReceivingTest, PiecesAreAcknowledgedAndTheLastOneCloses) {
  const std::string bytes = a_journal(3);
  EXPECT_EQ(number(call("PUT", kJournal, bytes.substr(0, 160)), "offset"), 152);
  const Response last =
      call("PUT", std::string(kJournal) + "?from=152&closed=1", bytes.substr(152));
  EXPECT_EQ(number(last, "offset"), static_cast<int64_t>(bytes.size()));
  EXPECT_TRUE(*body_of(last).find("closed")->as_bool());
}

TEST_F(ReceivingTest, AGapIsAConflictThatSaysWhereToGoOn) {
  call("PUT", kJournal, a_journal(1));
  const Response response = call("PUT", std::string(kJournal) + "?from=400", "anything");
  EXPECT_EQ(response.status, 409);
  EXPECT_EQ(number(response, "offset"), 152);
  EXPECT_NE(response.body.find("expected bytes from offset 152 on, found them from 400"),
            std::string::npos);
}

TEST_F(ReceivingTest, AFullDiskIs507AndKeepsNothingHalf) {
  disk.set_free_bytes(10);
  const Response response = call("PUT", kJournal, a_journal(3));
  EXPECT_EQ(response.status, 507);
  EXPECT_NE(response.body.find("no room on the server's disk"), std::string::npos);
  EXPECT_EQ(number(call("GET", kJournal), "offset"), 0);
  disk.set_free_bytes(UINT64_MAX);
  EXPECT_EQ(call("PUT", kJournal, a_journal(3)).status, 200);

  const std::string name = print_hex(sha256("content"));
  disk.set_free_bytes(3);
  EXPECT_EQ(call("PUT", "/api/v1/blobs/" + name + "?bytes=7", "content").status, 507);
}

TEST_F(ReceivingTest, WhatCannotBeIsRefusedWithASentence) {
  for (const char* target :
       {"/api/v1/projects/p/journals/r.clog", "/api/v1/projects/p/journals/..%2F..%2Fx~1~w.clog",
        "/api/v1/projects/..%2F../journals/r~1~w.clog", "/api/v1/projects/p/journals/r~0~w.clog",
        "/api/v1/projects/p/journals/r~1~w.clog?from=-1",
        "/api/v1/projects/p/journals/r~1~w.clog?from=x",
        "/api/v1/projects/p/journals/r~1~w.clog?skip=maybe",
        "/api/v1/blobs/..%2F..%2Fetc%2Fpasswd?bytes=3", "/api/v1/blobs/abc?bytes=3"}) {
    const Response response = call("PUT", target, "abc");
    EXPECT_EQ(response.status, 400) << target;
    EXPECT_NE(response.body.find("expected"), std::string::npos) << target;
  }
  EXPECT_EQ(call("PUT", kJournal, std::string(200, 'x')).status, 400) << "no header";
  EXPECT_EQ(call("PUT", "/api/v1/blobs/" + std::string(64, 'a'), "abc").status, 400) << "no size";
  EXPECT_FALSE(disk.list("/store/projects")) << "not even a folder was made";
}

TEST_F(ReceivingTest, ABlobComesInPiecesAndIsThere) {
  const std::string name = print_hex(sha256("content")), path = "/api/v1/blobs/" + name;
  EXPECT_EQ(call("HEAD", path).status, 404);
  EXPECT_EQ(number(call("PUT", path + "?from=0&bytes=7", "con"), "bytes"), 3);
  EXPECT_EQ(number(call("PUT", path + "?from=5&bytes=7", "nt"), "bytes"), 3) << "a gap";
  EXPECT_TRUE(*body_of(call("PUT", path + "?from=3&bytes=7", "tent")).find("complete")->as_bool());
  const Response there = call("HEAD", path);
  EXPECT_EQ(there.status, 200);
  ASSERT_TRUE(there.file);
  EXPECT_EQ(there.file->bytes, 7u);
}

TEST_F(ReceivingTest, ABlobOfAnotherContentIsRefused) {
  const std::string path = "/api/v1/blobs/" + print_hex(sha256("content"));
  EXPECT_EQ(call("PUT", path + "?bytes=7", "another").status, 400);
  EXPECT_EQ(call("HEAD", path).status, 404);
}

}  // namespace
}  // namespace cairn::server

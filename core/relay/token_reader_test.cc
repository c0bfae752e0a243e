// Tests of what is found in answers as servers give them, whichever way they are cut.
#include "relay/token_reader.h"

#include <gtest/gtest.h>

#include "relay/limits.h"

namespace cairn::relay {
namespace {

using Found = TokenReader::Found;

// The same whether it comes whole, byte by byte or in sevens.
Found read(std::string_view type, std::string_view body, std::string_view encoding = "") {
  std::optional<Found> first;
  for (const size_t size : {body.size(), size_t{1}, size_t{7}}) {
    TokenReader reader;
    reader.begin(type, encoding);
    for (size_t at = 0; at < body.size(); at += size) reader.read(body.substr(at, size));
    const Found found = reader.found();
    if (!first) first = found;
    EXPECT_EQ(found.tokens_in, first->tokens_in) << size;
    EXPECT_EQ(found.tokens_out, first->tokens_out) << size;
    EXPECT_EQ(found.model, first->model) << size;
  }
  return *first;
}

void expect(const Found& found, std::string_view model, double tokens_in, double tokens_out) {
  EXPECT_EQ(found.model, model);
  EXPECT_EQ(found.tokens_in, tokens_in);
  EXPECT_EQ(found.tokens_out, tokens_out);
  EXPECT_FALSE(found.is_tokens_out_estimated);
}

TEST(TokenReader, AnAnswerOfOpenAiTellsItsUsage) {
  expect(read("application/json", R"({"id":"c1","object":"chat.completion","model":"llama-8b",
    "choices":[{"index":0,"message":{"role":"tool","content":"a \"usage\": {\"completion_tokens\": 9}"}}],
    "usage":{"prompt_tokens":12,"total_tokens":46,"completion_tokens":34,
      "prompt_tokens_details":{"cached_tokens":5,"completion_tokens":7}}})"),
         "llama-8b", 12, 34);
}

TEST(TokenReader, TheLastEventOfAStreamTellsItsUsage) {
  const Found found =
      read("text/event-stream; charset=utf-8",
           "data: {\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"\"}}]}\n\n"
           "data: {\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"Hi\"}}],"
           "\"usage\":null}\n\n"
           "data: {\"model\":\"m\",\"choices\":[],\"usage\":{\"prompt_tokens\":3,"
           "\"completion_tokens\":1}}\n\ndata: [DONE]\n\n");
  expect(found, "m", 3, 1);
}

TEST(TokenReader, AStreamWithoutUsageIsCountedByItsPiecesOfText) {
  const Found found =
      read("text/event-stream",
           ": ping\r\n\r\nevent: x\r\n"
           "data: {\"choices\":[{\"delta\":{\"role\":\"tool\",\"content\":\"\"}}]}\r\n\r\n"
           "data: {\"choices\":[{\"delta\":{\"content\":\"one\"}}]}\r\n\r\n"
           "data:{\"choices\":[{\"text\":\"two\"},{\"text\":\"again\"}]}\r\n\r\n"
           "data: {\"choices\":[{\"finish_reason\":\"stop\"}]}\r\n\r\n"
           "data: [DONE]\r\n\r\n");
  EXPECT_EQ(found.tokens_in, std::nullopt);
  EXPECT_EQ(found.tokens_out, 2);
  EXPECT_TRUE(found.is_tokens_out_estimated);
}

TEST(TokenReader, AStreamOfAnthropicTellsItsUsageInParts) {
  expect(
      read("text/event-stream",
           "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"model\":\"c\","
           "\"usage\":{\"input_tokens\":25,\"output_tokens\":1}}}\n\n"
           "event: content_block_delta\ndata: "
           "{\"delta\":{\"type\":\"text_delta\",\"text\":\"Hello\"}}\n\n"
           "event: message_delta\ndata: {\"delta\":{},\"usage\":{\"output_tokens\":15}}\n\n"),
      "c", 25, 15);
}

TEST(TokenReader, OllamaTellsItInItsLastLine) {
  expect(read("application/x-ndjson",
              "{\"model\":\"llama3\",\"message\":{\"content\":\"a\"},\"done\":false}\n"
              "{\"model\":\"llama3\",\"done\":true,\"prompt_eval_count\":26,\"eval_count\":298}\n"),
         "llama3", 26, 298);
}

TEST(TokenReader, LinesThatWereCutOffAreCountedByTheirText) {
  const Found found =
      read("application/x-ndjson",
           "{\"response\":\"a\",\"done\":false}\n{\"response\":\"b\",\"done\":false}\n");
  EXPECT_EQ(found.tokens_out, 2);
  EXPECT_TRUE(found.is_tokens_out_estimated);
}

TEST(TokenReader, EventsThatBringNoTextAreNoTokens) {
  EXPECT_EQ(read("text/event-stream", "data: {\"progress\": 3}\n\ndata: 7\n\n").tokens_out,
            std::nullopt);
}

TEST(TokenReader, WhatIsNoCountIsNone) {
  for (const std::string_view body :
       {R"({"usage":{"prompt_tokens":-1,"completion_tokens":"7"}})",
        R"({"usage":[{"prompt_tokens":1}]})", R"({"prompt_tokens":1})", R"({"a":{"eval_count":5}})",
        R"({"usage":{"prompt_tokens":1e99}})", "}}}]]]",
        "{\"usage\":{\"prompt_tokens\":", "\"\\"}) {
    const Found found = read("application/json", body);
    EXPECT_EQ(found.tokens_in, std::nullopt) << body;
    EXPECT_EQ(found.tokens_out, std::nullopt) << body;
  }
}

TEST(TokenReader, OtherBodiesAreNotLookedAt) {
  constexpr std::string_view kUsage = R"({"usage":{"prompt_tokens":1}})";
  EXPECT_EQ(read("text/html", kUsage).tokens_in, std::nullopt);
  EXPECT_EQ(read("application/json", kUsage, "gzip").tokens_in, std::nullopt);
  EXPECT_EQ(read("application/json", kUsage, "identity").tokens_in, 1);
}

TEST(TokenReader, BeyondItsLimitNothingIsKnown) {
  TokenReader reader;
  reader.begin("text/event-stream", "");
  reader.read("data: {\"text\":\"a\"}\n\n");
  EXPECT_EQ(reader.found().tokens_out, 1);
  const std::string much = std::string((1 << 20) - 1, ':') + '\n';
  for (uint64_t bytes = 0; bytes < kReadBytesMax; bytes += much.size()) reader.read(much);
  EXPECT_EQ(reader.found().tokens_out, std::nullopt);
}

}  // namespace
}  // namespace cairn::relay

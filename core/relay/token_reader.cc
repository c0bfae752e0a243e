// One pass over bytes, no memory of them.
#include "relay/token_reader.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "relay/limits.h"

namespace cairn::relay {
namespace {

constexpr std::string_view kData = "data:";
constexpr size_t kNumberBytesMax = 32;

struct Count {
  std::string_view key;
  bool is_in_usage;  // else it stands at the top
  std::optional<double> UsageScanner::*tokens;
};
constexpr std::array kCounts = {
    Count{"prompt_tokens", true, &UsageScanner::tokens_in},       // OpenAI: completions, chat
    Count{"completion_tokens", true, &UsageScanner::tokens_out},  //
    Count{"input_tokens", true, &UsageScanner::tokens_in},        // OpenAI: responses; Anthropic
    Count{"output_tokens", true, &UsageScanner::tokens_out},      //
    Count{"prompt_eval_count", false, &UsageScanner::tokens_in},  // Ollama
    Count{"eval_count", false, &UsageScanner::tokens_out},        //
    Count{"tokens_evaluated", false, &UsageScanner::tokens_in},   // llama.cpp
    Count{"tokens_predicted", false, &UsageScanner::tokens_out},  //
};
// What holds the text of one piece of a stream.
constexpr std::array<std::string_view, 8> kTexts = {"content",   "text",        "reasoning_content",
                                                    "reasoning", "thinking",    "response",
                                                    "arguments", "partial_json"};

bool contains_word(std::string_view text, std::string_view word) {
  const auto same = [](char a, char b) { return (a | 0x20) == b; };
  return std::search(text.begin(), text.end(), word.begin(), word.end(), same) != text.end();
}

}  // namespace

void UsageScanner::restart() {
  x_depth = x_usage_depth = 0;
  x_is_in_string = x_is_escaped = x_has_text = false;
  x_key.clear();
  x_number.clear();
}

void UsageScanner::read(std::string_view bytes) {
  for (size_t at = 0; at < bytes.size(); ++at) {
    if (x_is_in_string) {
      at += read_string(bytes.substr(at)) - 1;
      continue;
    }
    const char c = bytes[at];
    switch (c) {
      case '"':
        x_is_in_string = true;
        x_is_cut = false;
        x_text.clear();
        break;
      case ':':
        x_key = x_is_cut ? std::string() : x_text;
        break;
      case ',':
        end_number();
        x_key.clear();
        break;
      case '{':
      case '[':
        open(c == '{');
        break;
      case '}':
      case ']':
        close();
        break;
      default:
        if (!x_key.empty() && c > ' ' && x_number.size() < kNumberBytesMax) x_number += c;
    }
  }
}

size_t UsageScanner::read_string(std::string_view bytes) {
  for (size_t at = 0; at < bytes.size(); ++at) {
    const char c = bytes[at];
    if (!x_is_escaped && c == '"') {
      x_is_in_string = false;
      end_string();
      return at + 1;
    }
    x_is_escaped = !x_is_escaped && c == '\\';
    if (x_text.size() < kModelBytesMax)
      x_text += c;
    else
      x_is_cut = true;
  }
  return bytes.size();
}

// A string without a key before it is a key, or an item of a list, or the text of a next key.
void UsageScanner::end_string() {
  if (x_key.empty() || x_text.empty()) return;
  if (x_key == "model" && x_depth <= 2 && model.empty() && !x_is_cut) model = x_text;
  if (!x_has_text && std::find(kTexts.begin(), kTexts.end(), x_key) != kTexts.end()) {
    x_has_text = true;
    ++text_documents;
  }
}

void UsageScanner::end_number() {
  if (x_number.empty()) return;
  double value = 0;
  const char* end = x_number.data() + x_number.size();
  const auto read = std::from_chars(x_number.data(), end, value);
  const bool is_count = read.ec == std::errc() && read.ptr == end && value >= 0 && value < 1e15;
  const bool is_in_usage = x_usage_depth != 0 && x_depth == x_usage_depth;
  for (const Count& count : kCounts)
    if (is_count && count.key == x_key && (count.is_in_usage ? is_in_usage : x_depth == 1))
      this->*count.tokens = value;
  x_number.clear();
}

void UsageScanner::open(bool is_object) {
  ++x_depth;
  if (is_object && x_usage_depth == 0 && x_key == "usage") x_usage_depth = x_depth;
  x_key.clear();
  x_number.clear();
}

void UsageScanner::close() {
  end_number();
  x_key.clear();
  if (x_depth == x_usage_depth) x_usage_depth = 0;
  if (x_depth > 0) --x_depth;
  if (x_depth == 0) restart();
}

void TokenReader::begin(std::string_view content_type, std::string_view content_encoding) {
  *this = TokenReader();
  x_bytes_left = kReadBytesMax;
  if (!content_encoding.empty() && !contains_word(content_encoding, "identity")) return;
  if (contains_word(content_type, "event-stream"))
    x_kind = Kind::kEvents;
  else if (contains_word(content_type, "ndjson") || contains_word(content_type, "jsonl"))
    x_kind = Kind::kLines;
  else if (contains_word(content_type, "json"))
    x_kind = Kind::kDocument;
}

void TokenReader::read(std::string_view bytes) {
  if (x_kind == Kind::kNone) return;
  if (bytes.size() > x_bytes_left) return begin("", "");  // half a count is worse than none
  x_bytes_left -= bytes.size();
  if (x_kind == Kind::kEvents)
    read_events(bytes);
  else
    x_scanner.read(bytes);
}

// The objects in lines "data: {...}"; the stream's end is a line "data: [DONE]".
void TokenReader::read_events(std::string_view bytes) {
  while (!bytes.empty()) {
    const size_t line_end = std::min(bytes.find('\n'), bytes.size());
    for (size_t at = 0; at < line_end && x_line != Line::kOther; ++at) {
      const char c = bytes[at];
      if (x_line == Line::kField) {
        x_line = c == kData[x_field_bytes] ? Line::kField : Line::kOther;
        if (++x_field_bytes == kData.size() && x_line == Line::kField) x_line = Line::kSpace;
      } else if (x_line == Line::kSpace && c != ' ') {
        x_line = c == '{' ? Line::kData : Line::kOther;
        x_scanner.restart();
      }
      if (x_line == Line::kData) {
        x_scanner.read(bytes.substr(at, line_end - at));
        break;
      }
    }
    if (line_end == bytes.size()) return;
    bytes.remove_prefix(line_end + 1);
    x_line = Line::kField;
    x_field_bytes = 0;
  }
}

TokenReader::Found TokenReader::found() const {
  Found found{x_scanner.model, x_scanner.tokens_in, x_scanner.tokens_out};
  const bool is_stream = x_kind == Kind::kEvents || x_kind == Kind::kLines;
  if (is_stream && !found.tokens_out && x_scanner.text_documents > 0) {
    found.tokens_out = static_cast<double>(x_scanner.text_documents);
    found.is_tokens_out_estimated = true;
  }
  return found;
}

}  // namespace cairn::relay

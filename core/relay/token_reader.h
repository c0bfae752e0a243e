// TokenReader: finds tokens and the model's name in the body of an answer while it passes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cairn::relay {

// Goes through JSON of which any piece may come at a time, without keeping it: remembers only the
// last key and the last string. Documents may follow one another. What is no JSON finds nothing.
class UsageScanner {
 public:
  void read(std::string_view bytes);
  void restart();  // with the next document; what was found stays

  std::string model;
  std::optional<double> tokens_in, tokens_out;
  size_t text_documents = 0;  // that brought some text

 private:
  size_t read_string(std::string_view bytes);  // how many belong to it
  void end_string();
  void end_number();
  void open(bool is_object);
  void close();

  std::string x_text, x_key, x_number;
  int x_depth = 0;
  int x_usage_depth = 0;  // 0: outside
  bool x_is_in_string = false, x_is_escaped = false, x_is_cut = false;
  bool x_has_text = false;
};

// Owned by the watch of a connection, begun anew with every answer. Knows the JSON and the event
// streams of OpenAI's API and those of Anthropic, Ollama and llama.cpp. Looks at the first
// kReadBytesMax of a body and never at one that is compressed.
class TokenReader {
 public:
  void begin(std::string_view content_type, std::string_view content_encoding);
  void read(std::string_view bytes);

  struct Found {
    std::string model;
    std::optional<double> tokens_in, tokens_out;
    bool is_tokens_out_estimated = false;
  };
  Found found() const;

 private:
  enum class Kind { kNone, kDocument, kLines, kEvents };
  enum class Line { kField, kSpace, kData, kOther };

  void read_events(std::string_view bytes);

  Kind x_kind = Kind::kNone;
  Line x_line = Line::kField;
  size_t x_field_bytes = 0;  // of "data:" that were there
  uint64_t x_bytes_left = 0;
  UsageScanner x_scanner;
};

}  // namespace cairn::relay

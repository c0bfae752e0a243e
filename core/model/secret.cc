// Finding secrets: names are split into words and judged by vocabulary, texts by known shapes.
#include "model/secret.h"

#include <algorithm>
#include <array>
#include <optional>

namespace cairn::model {
namespace {

using std::string_view;

// ASCII only: the answers of <cctype> depend on the locale, and a secret must not.
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alnum(char c) { return is_lower(c) || is_upper(c) || is_digit(c); }
char to_lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

template <size_t n>
bool contains(const std::array<string_view, n>& words, string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// --- names ---------------------------------------------------------------------------------------

// A word that ends in one of these is a password whatever stands beside it: "dbpassword".
constexpr auto kPasswords =
    std::to_array<string_view>({"password", "passwords", "passwd", "passphrase", "secret",
                                "secrets", "credential", "credentials"});
// Words that speak of a secret only when they stand alone: "author" and "pwdless" do not.
constexpr auto kSecretWords =
    std::to_array<string_view>({"auth", "oauth", "authorization", "bearer", "pwd", "jwt",
                                "passcode", "apikey", "sshkey", "cookie", "cookies"});
// English and learning words that have "key" or "token" in them and hide nothing.
constexpr auto kInnocentWords = std::to_array<string_view>(
    {"tokenizer", "tokenizers", "tokenize", "tokenized", "tokenization", "tokenwise", "tokenlevel",
     "keyboard",  "keyboards",  "keyword",  "keywords",  "keypoint",     "keypoints", "keyframe",
     "keyframes", "keynote",    "keystone", "keyed",     "keyless",      "monkey",    "monkeys",
     "donkey",    "turkey",     "hockey",   "jockey",    "whiskey"});
// Neighbours that make a key or token one of learning's own: "pad_token", "key_dim", "max_tokens".
constexpr auto kLearningWords = std::to_array<string_view>(
    {"pad",     "eos",      "bos",    "unk",     "sep",        "cls",        "mask",
     "special", "image",    "video",  "audio",   "text",       "label",      "target",
     "input",   "output",   "stop",   "start",   "end",        "begin",      "num",
     "max",     "min",      "n",      "total",   "new",        "per",        "count",
     "counts",  "number",   "budget", "limit",   "rate",       "throughput", "seen",
     "dim",     "dims",     "size",   "sizes",   "type",       "types",      "ids",
     "id",      "len",      "length", "proj",    "projection", "value",      "values",
     "query",   "heads",    "head",   "padding", "embed",      "embedding",  "embeddings",
     "dropout", "bias",     "norm",   "cache",   "sort",       "group",      "metric",
     "dict",    "batch",    "data",   "dataset", "column",     "feature",    "mixing",
     "mean",    "avg",      "loss",   "acc",     "accuracy",   "level",      "classification",
     "forward", "backward", "merge",  "drop",    "pruning",    "prompt",     "completion",
     "context", "vocab"});

// Neighbours that make it a secret even beside one of those: "data_api_key", "access_token_limit".
constexpr auto kSecretNeighbours = std::to_array<string_view>(
    {"api",     "access",    "private", "ssh",    "encryption", "signing", "license",     "session",
     "refresh", "account",   "service", "client", "deploy",     "hf",      "huggingface", "wandb",
     "openai",  "anthropic", "github",  "gitlab", "aws",        "azure",   "gcp"});

// "awsSecretKey", "aws-secret-key" and "AWS_SECRET_KEY" are all {aws, secret, key}; "APIKey" is
// {api, key}.
std::vector<std::string> split_words(string_view name) {
  std::vector<std::string> words(1);
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool starts_hump =
        is_upper(c) && i > 0 &&
        (is_lower(name[i - 1]) ||
         (is_upper(name[i - 1]) && i + 1 < name.size() && is_lower(name[i + 1])));
    if ((!is_alnum(c) || starts_hump) && !words.back().empty()) words.emplace_back();
    if (is_alnum(c)) words.back().push_back(to_lower(c));
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

bool is_password_word(string_view word) {
  return std::any_of(kPasswords.begin(), kPasswords.end(),
                     [&](string_view ending) { return word.ends_with(ending); });
}

bool is_key_or_token(string_view word) {
  return word == "pass" ||
         ((word.find("key") != string_view::npos || word.find("token") != string_view::npos) &&
          !contains(kInnocentWords, word));
}

enum class Verdict {
  kInnocent,
  kDoubtful,  // a key or token of learning's vocabulary: the text decides
  kSecret,    // strings are secrets
  kPassword,  // numbers are secrets too
};

Verdict judge_words(const std::vector<std::string>& words) {
  if (words.empty()) return Verdict::kInnocent;
  if (is_password_word(words.back())) return Verdict::kPassword;
  bool has_key = false, is_bad_company = false;
  bool is_learning = words.size() == 1 && (words[0] == "keys" || words[0] == "tokens");
  for (const std::string& word : words) {
    if (is_password_word(word) || contains(kSecretWords, word)) return Verdict::kSecret;
    has_key = has_key || is_key_or_token(word);
    is_learning = is_learning || contains(kLearningWords, word);
    is_bad_company = is_bad_company || contains(kSecretNeighbours, word);
  }
  if (!has_key) return Verdict::kInnocent;
  return is_learning && !is_bad_company ? Verdict::kDoubtful : Verdict::kSecret;
}

// The parts of a dotted name are judged one by one, as the same names nested in a tree would be.
Verdict judge(string_view name) {
  Verdict worst = Verdict::kInnocent;
  while (!name.empty()) {
    const size_t dot = std::min(name.find('.'), name.size());
    worst = std::max(worst, judge_words(split_words(name.substr(0, dot))));
    name.remove_prefix(std::min(dot + 1, name.size()));
  }
  return worst;
}

// "<pad>", "q_proj", "<|reserved_special_token_0|>", "1024", but nothing that looks random.
bool looks_harmless(string_view text) {
  constexpr size_t kHarmlessBytesMax = 48;
  constexpr size_t kRandomRunBytes = 12;
  if (text.size() > kHarmlessBytesMax) return false;
  size_t run = 0, letters = 0, digits = 0;
  for (const char c : text) {
    if (!is_alnum(c)) {
      run = letters = digits = 0;
      continue;
    }
    ++(is_digit(c) ? digits : letters);
    if (++run >= kRandomRunBytes && letters > 0 && digits > 0) return false;
  }
  return true;
}

// --- texts ---------------------------------------------------------------------------------------

// How a provider's credentials begin, and how many characters must follow to believe it.
struct Shape {
  string_view prefix;
  size_t body_bytes_min;
  string_view body_extra;  // characters of the body besides letters and digits
};
constexpr auto kShapes = std::to_array<Shape>(
    {{"sk-", 20, "-_"},          {"sk_live_", 16, ""}, {"sk_test_", 16, ""},
     {"rk_live_", 16, ""},       {"ghp_", 20, ""},     {"gho_", 20, ""},
     {"ghu_", 20, ""},           {"ghs_", 20, ""},     {"ghr_", 20, ""},
     {"github_pat_", 20, "_"},   {"glpat-", 16, "-_"}, {"hf_", 20, ""},
     {"AKIA", 16, ""},           {"ASIA", 16, ""},     {"AIza", 30, "-_"},
     {"ya29.", 20, "-_"},        {"xoxb-", 10, "-"},   {"xoxp-", 10, "-"},
     {"xoxa-", 10, "-"},         {"xoxs-", 10, "-"},   {"npm_", 30, ""},
     {"pypi-", 30, "-_"},        {"gsk_", 20, ""},     {"nvapi-", 20, "-_"},
     {"dop_v1_", 30, ""},        {"cairn_", 56, "-_"}, {"Bearer ", 16, "-_.~+/="},
     {"bearer ", 16, "-_.~+/="}, {"eyJ", 30, "-_."}});

// How many bytes at the front of `text` are a credential.
size_t credential_bytes(string_view text) {
  for (const Shape& shape : kShapes) {
    if (!text.starts_with(shape.prefix)) continue;
    size_t end = shape.prefix.size();
    bool has_digit = false;
    while (end < text.size() &&
           (is_alnum(text[end]) || shape.body_extra.find(text[end]) != string_view::npos))
      has_digit = is_digit(text[end++]) || has_digit;
    if (end - shape.prefix.size() < shape.body_bytes_min) continue;
    // Random text of this length has a digit; prose and file names with dashes mostly do not.
    if (!has_digit && !shape.body_extra.empty()) continue;
    const bool is_jwt = shape.prefix == "eyJ";
    if (is_jwt && std::count(text.begin(), text.begin() + static_cast<long>(end), '.') < 2)
      continue;
    return end;
  }
  return 0;
}

// "-----BEGIN RSA PRIVATE KEY-----" up to its end line, or to the end of the text.
size_t private_key_bytes(string_view text) {
  constexpr string_view kBegin = "-----BEGIN ", kEnd = "-----END ", kDashes = "-----";
  if (!text.starts_with(kBegin)) return 0;
  const size_t title_end = text.find(kDashes, kBegin.size());
  if (title_end == string_view::npos) return 0;
  if (!text.substr(0, title_end).ends_with("PRIVATE KEY") &&
      !text.substr(0, title_end).ends_with("PRIVATE KEY BLOCK"))
    return 0;
  const size_t footer = text.find(kEnd, title_end);
  if (footer == string_view::npos) return text.size();
  const size_t footer_end = text.find(kDashes, footer + kEnd.size());
  return footer_end == string_view::npos ? text.size() : footer_end + kDashes.size();
}

bool starts_with_ignoring_case(string_view text, string_view lower) {
  return text.size() >= lower.size() && std::equal(lower.begin(), lower.end(), text.begin(),
                                                   [](char a, char b) { return a == to_lower(b); });
}

// The credentials of an HTTP header at the front of `text`: {bytes of its name, bytes in all}.
std::optional<std::pair<size_t, size_t>> header_bytes(string_view text) {
  constexpr auto kHeaders =
      std::to_array<string_view>({"authorization:", "proxy-authorization:", "x-api-key:"});
  for (const string_view header : kHeaders)
    if (starts_with_ignoring_case(text, header))
      return std::pair(header.size(), std::min(text.find_first_of("\r\n\"'"), text.size()));
  return std::nullopt;
}

constexpr string_view kUrlEnds = " \t\r\n\"'`<>";

// The bytes of `url` that are scheme, "://", user information and '@'; `after_scheme` is where the
// user information begins. Zero when there is no user information.
size_t user_info_end(string_view url, size_t after_scheme) {
  const size_t authority_end = std::min(url.find_first_of("/?#", after_scheme), url.size());
  const size_t at = url.substr(0, authority_end).rfind('@');
  return at == string_view::npos || at < after_scheme ? 0 : at + 1;
}

std::string redact_query(string_view query) {
  std::string out;
  while (!query.empty()) {
    const size_t end = std::min(query.find_first_of("&;#"), query.size());
    const string_view parameter = query.substr(0, end);
    const size_t equals = parameter.find('=');
    if (equals != string_view::npos &&
        is_secret(parameter.substr(0, equals), parameter.substr(equals + 1)))
      out.append(parameter.substr(0, equals + 1)).append(kRedacted);
    else
      out.append(parameter);
    if (end < query.size()) out.push_back(query[end]);
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return out;
}

bool is_name_char(char c) { return is_alnum(c) || c == '_' || c == '-' || c == '.'; }

// The name before '=' in "KEY=VALUE", "--key=VALUE" or Hydra's "+group.key=VALUE"; empty when none.
string_view assigned_name(string_view argument) {
  const size_t equals = argument.find('=');
  if (equals == string_view::npos) return {};
  const string_view name = argument.substr(0, equals);
  const size_t start = std::min(name.find_first_not_of("+~"), name.size());
  return std::all_of(name.begin() + static_cast<long>(start), name.end(), is_name_char)
             ? name
             : string_view{};
}

void redact_below(Value& value, Verdict verdict, string_view name) {
  if (const std::string* text = value.as_string()) {
    const bool hidden = !text->empty() && (verdict >= Verdict::kSecret || is_secret(name, *text));
    value = hidden ? std::string(kRedacted) : redact_text(*text);
  } else if (value.is_number() && verdict == Verdict::kPassword) {
    value = kRedacted;
  } else if (List* list = value.as_list()) {
    for (Value& item : *list) redact_below(item, verdict, name);
  } else if (Object* object = value.as_object()) {
    // A number has a name of its own here: the port among credentials is no password.
    const Verdict above = std::min(verdict, Verdict::kSecret);
    for (auto& [key, member] : *object) redact_below(member, std::max(above, judge(key)), key);
  }
}

}  // namespace

bool is_secret_name(string_view name) { return judge(name) >= Verdict::kSecret; }

bool is_secret(string_view name, string_view text) {
  if (text.empty()) return false;
  const Verdict verdict = judge(name);
  return verdict >= Verdict::kSecret || (verdict == Verdict::kDoubtful && !looks_harmless(text));
}

void redact(Value& value) { redact_below(value, Verdict::kInnocent, {}); }

std::vector<std::string> redact_argv(std::vector<std::string> argv) {
  for (size_t i = 0; i < argv.size(); ++i) {
    std::string& argument = argv[i];
    if (const string_view name = assigned_name(argument); !name.empty()) {
      const string_view text = string_view(argument).substr(name.size() + 1);
      if (is_secret(name, text)) {
        argument = std::string(name) + "=" + std::string(kRedacted);
        continue;
      }
    } else if (argument.starts_with('-') && i + 1 < argv.size() && !argv[i + 1].starts_with('-') &&
               is_secret(argument, argv[i + 1])) {
      argv[++i] = kRedacted;
      continue;
    }
    argument = redact_text(argument);
  }
  return argv;
}

std::string redact_url(string_view url) {
  const size_t scheme = url.find("://");
  if (scheme == string_view::npos) return std::string(url);
  const size_t after_scheme = scheme + 3;
  const size_t host = std::max(user_info_end(url, after_scheme), after_scheme);
  const size_t query = std::min(url.find('?', host), url.size());
  std::string out(url.substr(0, after_scheme));
  out.append(url.substr(host, query - host));
  if (query < url.size()) out.append("?").append(redact_query(url.substr(query + 1)));
  return out;
}

std::string redact_text(string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const string_view rest = text.substr(i);
    const bool at_word = i == 0 || !is_alnum(text[i - 1]);
    if (rest.starts_with("://")) {  // the scheme is already in `out`
      const size_t end = std::min(rest.find_first_of(kUrlEnds), rest.size());
      out += "://";
      out += redact_text(string_view(redact_url(rest.substr(0, end))).substr(3));
      i += end;
    } else if (const size_t key = private_key_bytes(rest); key > 0) {
      out += kRedacted;
      i += key;
    } else if (const size_t bytes = at_word ? credential_bytes(rest) : 0; bytes > 0) {
      out += kRedacted;
      i += bytes;
    } else if (const auto header = at_word ? header_bytes(rest) : std::nullopt) {
      out.append(rest.substr(0, header->first)).append(" ").append(kRedacted);
      i += header->second;
    } else {
      out.push_back(text[i++]);
    }
  }
  return out;
}

}  // namespace cairn::model

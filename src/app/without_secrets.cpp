#include "app/without_secrets.h"

#include <utility>

namespace naru {

namespace {

constexpr std::string_view kHidden = "***";

class Hiding {
 public:
  explicit Hiding(std::vector<std::string> secrets) : secrets_(std::move(secrets)) {}

  template <class T>
  Result<T> hide(Result<T> result) const {
    return result ? std::move(result) : Result<T>(without_secrets(result.error(), secrets_));
  }
  template <class T>
  std::optional<Result<T>> hide(std::optional<Result<T>> result) const {
    if (!result) return result;
    return hide(std::move(*result));
  }
  std::vector<Finding> hide(std::vector<Finding> findings) const {
    for (Finding& finding : findings) finding.detail = without_secrets(std::move(finding.detail), secrets_);
    return findings;
  }
  void hide(std::vector<Reject>& rejects) const {
    for (Reject& reject : rejects) reject.message = without_secrets(std::move(reject.message), secrets_);
  }

 private:
  const std::vector<std::string> secrets_;
};

class HidingSource : public Source {
 public:
  HidingSource(std::unique_ptr<Source> source, std::vector<std::string> secrets)
      : source_(std::move(source)), hiding_(std::move(secrets)) {}

  Result<Listing> poll(std::stop_token stop) override {
    Result<Listing> listing = hiding_.hide(source_->poll(std::move(stop)));
    if (listing) hiding_.hide(listing->rejects);
    return listing;
  }
  Result<ItemContent> read(const Item& item, std::stop_token stop) override {
    return hiding_.hide(source_->read(item, std::move(stop)));
  }
  Result<Item> find(const std::string& key, std::stop_token stop) override {
    return hiding_.hide(source_->find(key, std::move(stop)));
  }
  bool takes_items() const override { return source_->takes_items(); }
  Result<Item> add(const std::string& key, std::string_view bytes, Overwrite overwrite) override {
    return hiding_.hide(source_->add(key, bytes, overwrite));
  }
  Status wait_for_change(std::stop_token stop) override {
    return hiding_.hide(source_->wait_for_change(std::move(stop)));
  }
  std::optional<Result<Document>> direct_document(const ItemContent& content) override {
    return hiding_.hide(source_->direct_document(content));
  }
  std::optional<Result<Row>> direct_row(const ItemContent& content) override {
    return hiding_.hide(source_->direct_row(content));
  }
  std::vector<Finding> check(std::stop_token stop) override { return hiding_.hide(source_->check(std::move(stop))); }
  Result<Discovery> discover(std::stop_token stop) override {
    return hiding_.hide(source_->discover(std::move(stop)));
  }

 private:
  const std::unique_ptr<Source> source_;
  const Hiding hiding_;
};

class HidingTarget : public Target {
 public:
  HidingTarget(std::unique_ptr<Target> target, std::vector<std::string> secrets)
      : target_(std::move(target)), hiding_(std::move(secrets)) {}

  Status begin() override { return hiding_.hide(target_->begin()); }
  Result<SpilledList<KnownItem>> known_items(const std::string& flow) override {
    return hiding_.hide(target_->known_items(flow));
  }
  Result<Committed> apply(const ChangeSet& changes) override { return hiding_.hide(target_->apply(changes)); }
  std::vector<Finding> check(const std::string& flow) override { return hiding_.hide(target_->check(flow)); }
  bool wants_vectors() const override { return target_->wants_vectors(); }
  Status settle() override { return hiding_.hide(target_->settle()); }
  Status begin_together() override { return hiding_.hide(target_->begin_together()); }
  Status finish_together() override { return hiding_.hide(target_->finish_together()); }
  void abandon_together() override { target_->abandon_together(); }

 private:
  const std::unique_ptr<Target> target_;
  const Hiding hiding_;
};

}  // namespace

std::string without_secrets(std::string text, const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) {
    if (secret.empty()) continue;
    for (std::size_t at = 0; (at = text.find(secret, at)) != std::string::npos; at += kHidden.size()) {
      text.replace(at, secret.size(), kHidden);
    }
  }
  return text;
}

Error without_secrets(const Error& error, const std::vector<std::string>& secrets) {
  Error hidden(error.code(), without_secrets(error.message(), secrets), error.where());
  for (const std::string& context : error.context()) std::move(hidden).with(without_secrets(context, secrets));
  return hidden;
}

std::unique_ptr<Source> without_secrets(std::unique_ptr<Source> source, std::vector<std::string> secrets) {
  if (secrets.empty()) return source;
  return std::make_unique<HidingSource>(std::move(source), std::move(secrets));
}

std::unique_ptr<Target> without_secrets(std::unique_ptr<Target> target, std::vector<std::string> secrets) {
  if (secrets.empty()) return target;
  return std::make_unique<HidingTarget>(std::move(target), std::move(secrets));
}

}  // namespace naru

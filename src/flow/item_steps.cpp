#include "flow/item_steps.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/trace.h"

namespace naru {

std::vector<std::size_t> steps_of_items(const FlowPlan& plan, const FlowTarget& target) {
  std::vector<std::size_t> steps = steps_to(plan, target);
  std::erase_if(steps, [&](std::size_t step) { return plan.steps[step].name == "embed"; });
  return steps;
}

ItemSteps::ItemSteps(const FlowPlan& plan, const StepStates& states, std::vector<std::size_t> targets)
    : plan_(plan), states_(states), targets_(std::move(targets)), uses_(plan.steps.size() + 1, 0),
      made_(plan.steps.size() + 1) {
  const auto place_of = [&](std::size_t step) { return step == kFromSource ? plan_.steps.size() : step; };
  for (const std::size_t target : targets_) {
    const std::vector<std::size_t> steps = steps_of_items(plan_, plan_.target_at(target));
    ends_.push_back(place_of(steps.empty() ? kFromSource : steps.back()));
    ++uses_[ends_.back()];
    steps_.insert(steps_.end(), steps.begin(), steps.end());
  }
  std::sort(steps_.begin(), steps_.end());
  steps_.erase(std::unique(steps_.begin(), steps_.end()), steps_.end());
  for (const std::size_t step : steps_) {
    for (const std::size_t input : inputs_of(plan_, step)) ++uses_[place_of(input)];
  }
}

std::vector<Result<PreparedDocument>> ItemSteps::work(Batch source, std::stop_token stop) {
  Passage given;
  given.batch = std::move(source);
  take_dropped(plan_.after_step, given);
  made_.back() = std::move(given);
  for (const std::size_t step : steps_) made_[step] = work_step(step, stop);
  return arrive_all();
}

std::vector<Result<PreparedDocument>> ItemSteps::work_from(std::size_t known, PreparedDocument made,
                                                           std::stop_token stop) {
  Passage passage;
  if (!made.drop) passage.batch.emplace_back().payload = std::move(made.document);
  passage.made.drop = std::move(made.drop);
  passage.made.dropped_parts = std::move(made.dropped_parts);
  made_[known] = std::move(passage);
  for (const std::size_t step : steps_) {
    if (step > known) made_[step] = work_step(step, stop);
  }
  return arrive_all();
}

std::vector<Result<PreparedDocument>> ItemSteps::arrive_all() {
  std::vector<Result<PreparedDocument>> results;
  for (const std::size_t end : ends_) {
    Result<Passage> passage = take(end);
    if (!passage) {
      results.emplace_back(std::move(passage).error());
    } else {
      results.push_back(arrive(std::move(*passage)));
    }
  }
  return results;
}

// The last who asks has it, those before get a copy.
Result<ItemSteps::Passage> ItemSteps::take(std::size_t input) {
  std::optional<Result<Passage>>& made = made_[input == kFromSource ? plan_.steps.size() : input];
  std::size_t& uses = uses_[input == kFromSource ? plan_.steps.size() : input];
  if (--uses > 0) return *made;
  return std::move(*made);
}

// One after the other, in the order in which the step names them. What one of them left out is out only where all did.
Result<ItemSteps::Passage> ItemSteps::gather(std::size_t step) {
  const std::vector<std::size_t> inputs = inputs_of(plan_, step);
  Passage all = NARU_TRY(take(inputs.front()));
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    Passage next = NARU_TRY(take(inputs[i]));
    if (next.made.drop) continue;
    if (all.made.drop) {
      all = std::move(next);
      continue;
    }
    all.batch.insert(all.batch.end(), std::make_move_iterator(next.batch.begin()),
                     std::make_move_iterator(next.batch.end()));
    for (const auto& [name, count] : next.made.dropped_parts) {
      count_drop(all.made.dropped_parts, name.first, name.second, count);
    }
    all.is_cut = all.is_cut || next.is_cut;
  }
  const auto documents = std::count_if(all.batch.begin(), all.batch.end(), [](const Record& record) {
    return std::holds_alternative<Document>(record.payload);
  });
  if (inputs.size() > 1 && (documents > 1 || all.is_cut)) {
    return Error(Code::unsupported, fmt::format("an item is one document, and two of it come together at `{}`: let "
                                                "filters before it exclude each other", plan_.steps[step].called()));
  }
  return all;
}

Result<ItemSteps::Passage> ItemSteps::work_step(std::size_t number, std::stop_token stop) {
  const FlowStep& step = plan_.steps[number];
  Passage passage = NARU_TRY(gather(number));
  if (passage.made.drop || passage.batch.empty()) return passage;
  Span span("Operator::process");
  if (span.on()) span.value("step", step.called());
  passage.batch = NARU_TRY(step.step->process(std::move(passage.batch), states_[number].get(), stop));
  take_dropped(step.called(), passage);
  if (passage.made.drop) {
    Passage dropped;
    dropped.made.drop = std::move(passage.made.drop);
    return dropped;
  }
  if (step.gives == PayloadKind::chunk) set_document_aside(passage);
  return passage;
}

// What the step just left out. A document, the bytes that would have become one, or the last of an item's rows stand
// for the item; chunks and other rows are parts of it.
void ItemSteps::take_dropped(const std::string& step, Passage& passage) {
  PreparedDocument& made = passage.made;
  std::optional<Drop> last;
  std::erase_if(passage.batch, [&](const Record& record) {
    if (!record.drop) return false;
    last = make_drop(step, *record.drop);
    if (std::holds_alternative<Chunk>(record.payload) || std::holds_alternative<Row>(record.payload)) {
      count_drop(made.dropped_parts, last->step, last->reason, {0, 1});
    } else {
      made.drop = last;
    }
    return true;
  });
  if (last && passage.batch.empty() && !passage.is_cut && !made.drop) made.drop = std::move(last);
}

void ItemSteps::keep_document(Record& record, Passage& passage) {
  passage.made.document = std::move(std::get<Document>(record.payload));
  passage.has_document = true;
}

// The document was cut: later steps work on its chunks alone.
void ItemSteps::set_document_aside(Passage& passage) {
  passage.is_cut = true;
  std::erase_if(passage.batch, [&](Record& record) {
    if (!std::holds_alternative<Document>(record.payload)) return false;
    keep_document(record, passage);
    return true;
  });
}

Result<PreparedDocument> ItemSteps::arrive(Passage passage) {
  if (passage.made.drop) {  // there is nothing else of it any more
    PreparedDocument left_out;
    left_out.drop = std::move(passage.made.drop);
    return left_out;
  }
  for (Record& record : passage.batch) {
    if (std::holds_alternative<Document>(record.payload)) {
      keep_document(record, passage);
    } else if (Row* row = std::get_if<Row>(&record.payload)) {
      passage.made.rows.push_back(std::move(*row));
    } else if (Chunk* chunk = std::get_if<Chunk>(&record.payload)) {
      passage.made.chunks.push_back(std::move(*chunk));
    }
  }
  if (!passage.has_document && passage.made.rows.empty()) {
    return Error(Code::unsupported, "no step made a document of it: add `parse` to the flow's steps");
  }
  return std::move(passage.made);
}

}  // namespace naru

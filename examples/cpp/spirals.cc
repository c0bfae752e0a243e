// Trains a small neural network to tell two spirals apart, and records the training with Cairn.
//
//   ./spirals --lr 0.02 --hidden 24 --epochs 300
//   cairn ls spirals; cairn plot RUN train_loss val_loss
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <numbers>
#include <numeric>
#include <random>
#include <string_view>
#include <vector>

#include "client/run.h"

namespace {

struct Settings {
  double lr = 0.02;
  double momentum = 0.9;
  int hidden = 24;
  int epochs = 300;
  int batch = 16;
  unsigned seed = 1;
};

struct Example {
  std::array<double, 2> x;
  double label;  // 0 or 1: which spiral
};

// Points along two arms that wind around each other, a little blurred.
std::vector<Example> make_spirals(size_t count, std::mt19937& random) {
  std::uniform_real_distribution<double> along(0.15, 1.0);
  std::normal_distribution<double> blur(0.0, 0.015);
  std::vector<Example> examples;
  for (size_t i = 0; i < count; ++i) {
    const double t = along(random);
    const double label = i % 2 == 0 ? 0.0 : 1.0;
    const double angle = 3 * std::numbers::pi * t + std::numbers::pi * label;
    examples.push_back(
        {{t * std::cos(angle) + blur(random), t * std::sin(angle) + blur(random)}, label});
  }
  return examples;
}

// One fully connected layer with its gradients and momenta.
class Layer {
 public:
  Layer(size_t inputs, size_t outputs, std::mt19937& random)
      : x_inputs(inputs),
        x_weights(inputs * outputs),
        x_biases(outputs),
        x_weight_steps(inputs * outputs),
        x_bias_steps(outputs),
        x_weight_gradients(inputs * outputs),
        x_bias_gradients(outputs) {
    std::normal_distribution<double> start(0.0, 1.5 / std::sqrt(static_cast<double>(inputs)));
    for (double& weight : x_weights) weight = start(random);
    for (double& bias : x_biases) bias = start(random);
  }

  std::vector<double> forward(const std::vector<double>& in) const {
    std::vector<double> out = x_biases;
    for (size_t o = 0; o < out.size(); ++o)
      for (size_t i = 0; i < x_inputs; ++i) out[o] += x_weights[o * x_inputs + i] * in[i];
    return out;
  }

  // Takes the loss' gradient at the outputs, adds to ours, answers the one at the inputs.
  std::vector<double> backward(const std::vector<double>& in, const std::vector<double>& gradient) {
    std::vector<double> at_inputs(x_inputs);
    for (size_t o = 0; o < gradient.size(); ++o) {
      x_bias_gradients[o] += gradient[o];
      for (size_t i = 0; i < x_inputs; ++i) {
        x_weight_gradients[o * x_inputs + i] += gradient[o] * in[i];
        at_inputs[i] += gradient[o] * x_weights[o * x_inputs + i];
      }
    }
    return at_inputs;
  }

  // One step of gradient descent with momentum; answers the squared length of the gradient.
  double descend(double lr, double momentum, double batch) {
    return descend(x_weights, x_weight_steps, x_weight_gradients, lr, momentum, batch) +
           descend(x_biases, x_bias_steps, x_bias_gradients, lr, momentum, batch);
  }

 private:
  static double descend(std::vector<double>& values, std::vector<double>& steps,
                        std::vector<double>& gradients, double lr, double momentum, double batch) {
    double squares = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      const double gradient = gradients[i] / batch;
      squares += gradient * gradient;
      steps[i] = momentum * steps[i] - lr * gradient;
      values[i] += steps[i];
      gradients[i] = 0;
    }
    return squares;
  }

  size_t x_inputs;
  std::vector<double> x_weights, x_biases;
  std::vector<double> x_weight_steps, x_bias_steps;
  std::vector<double> x_weight_gradients, x_bias_gradients;
};

// Two hidden layers of tanh, one output: the probability of the second spiral.
class Network {
 public:
  Network(size_t hidden, std::mt19937& random)
      : x_first(2, hidden, random), x_second(hidden, hidden, random), x_last(hidden, 1, random) {}

  double predict(const Example& example) { return run(example).probability; }

  // Adds one example's gradient; answers its cross entropy.
  double learn(const Example& example) {
    const Pass pass = run(example);
    std::vector<double> gradient = {pass.probability - example.label};
    gradient = x_last.backward(pass.second, gradient);
    through_tanh(pass.second, gradient);
    gradient = x_second.backward(pass.first, gradient);
    through_tanh(pass.first, gradient);
    x_first.backward(pass.input, gradient);
    return loss(pass.probability, example.label);
  }

  double descend(double lr, double momentum, double batch) {
    return std::sqrt(x_first.descend(lr, momentum, batch) + x_second.descend(lr, momentum, batch) +
                     x_last.descend(lr, momentum, batch));
  }

  static double loss(double probability, double label) {
    constexpr double kSmallest = 1e-12;
    return -std::log(std::max(kSmallest, label > 0.5 ? probability : 1 - probability));
  }

 private:
  struct Pass {
    std::vector<double> input, first, second;
    double probability;
  };

  static std::vector<double> tanh_of(std::vector<double> values) {
    for (double& value : values) value = std::tanh(value);
    return values;
  }
  static void through_tanh(const std::vector<double>& values, std::vector<double>& gradient) {
    for (size_t i = 0; i < values.size(); ++i) gradient[i] *= 1 - values[i] * values[i];
  }

  Pass run(const Example& example) const {
    Pass pass;
    pass.input = {example.x[0] * 3, example.x[1] * 3};
    pass.first = tanh_of(x_first.forward(pass.input));
    pass.second = tanh_of(x_second.forward(pass.first));
    pass.probability = 1 / (1 + std::exp(-x_last.forward(pass.second)[0]));
    return pass;
  }

  Layer x_first, x_second, x_last;
};

struct Score {
  double loss = 0, accuracy = 0;
};

Score evaluate(Network& network, const std::vector<Example>& examples) {
  Score score;
  for (const Example& example : examples) {
    const double probability = network.predict(example);
    score.loss += Network::loss(probability, example.label);
    score.accuracy += (probability > 0.5) == (example.label > 0.5) ? 1 : 0;
  }
  const auto count = static_cast<double>(examples.size());
  return {score.loss / count, score.accuracy / count};
}

Settings read_settings(int argc, char** argv) {
  Settings settings;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    const double value = std::atof(argv[i + 1]);
    if (name == "--lr")
      settings.lr = value;
    else if (name == "--momentum")
      settings.momentum = value;
    else if (name == "--hidden")
      settings.hidden = static_cast<int>(value);
    else if (name == "--epochs")
      settings.epochs = static_cast<int>(value);
    else if (name == "--batch")
      settings.batch = static_cast<int>(value);
    else if (name == "--seed")
      settings.seed = static_cast<unsigned>(value);
    else
      std::fprintf(stderr, "unknown option %s\n", argv[i]), std::exit(2);
  }
  return settings;
}

cairn::model::Value describe(const Settings& settings) {
  cairn::model::Value config;
  config.set("lr", settings.lr);
  config.set("momentum", settings.momentum);
  config.set("hidden", settings.hidden);
  config.set("epochs", settings.epochs);
  config.set("batch", settings.batch);
  config.set("seed", static_cast<int64_t>(settings.seed));
  return config;
}

// Recording must never stop a training: without a folder to write to it goes on unrecorded.
std::unique_ptr<cairn::client::Run> begin_run(const Settings& settings) {
  cairn::client::RunOptions options;
  options.project = "spirals";
  options.config = describe(settings);
  options.sample_period_s = 1;
  auto run = cairn::client::Run::open(std::move(options));
  if (run) return std::move(*run);
  std::fprintf(stderr, "not recorded: %s\n", run.error().message().c_str());
  return cairn::client::Run::disabled();
}

}  // namespace

int main(int argc, char** argv) {
  const Settings settings = read_settings(argc, argv);
  std::mt19937 random(settings.seed);
  std::vector<Example> train = make_spirals(400, random);
  const std::vector<Example> validation = make_spirals(200, random);
  Network network(static_cast<size_t>(settings.hidden), random);

  const auto run = begin_run(settings);
  run->define_metric("val_acc", cairn::model::Object{{"summary", "max"}, {"goal", "maximize"}});
  // The keys of a row that repeats are named once: log() then costs a fraction of a microsecond.
  constexpr std::array<std::string_view, 2> kStepKeys = {"train_loss", "grad_norm"};
  const cairn::client::Shape* step_shape = run->shape(kStepKeys);

  const auto batch = static_cast<size_t>(settings.batch);
  Score score;
  for (int epoch = 0; epoch < settings.epochs; ++epoch) {
    std::shuffle(train.begin(), train.end(), random);
    for (size_t from = 0; from + batch <= train.size(); from += batch) {
      double loss = 0;
      for (size_t i = from; i < from + batch; ++i) loss += network.learn(train[i]);
      const double norm = network.descend(settings.lr, settings.momentum, settings.batch);
      run->log(step_shape, std::array{loss / settings.batch, norm});
    }
    score = evaluate(network, validation);
    run->log(
        std::array<std::pair<std::string_view, double>, 3>{
            {{"epoch", epoch}, {"val_loss", score.loss}, {"val_acc", score.accuracy}}},
        run->next_step() - 1);
    if (epoch % 50 == 49)
      std::printf("epoch %3d  val_loss %.4f  val_acc %.3f\n", epoch + 1, score.loss,
                  score.accuracy);
  }
  run->update_summary(cairn::model::Object{{"val_loss", score.loss}});
  run->finish(std::isfinite(score.loss) ? 0 : 1);
  std::printf("recorded as %s; try: cairn plot %s train_loss val_loss\n", run->name().c_str(),
              run->name().c_str());
  return 0;
}

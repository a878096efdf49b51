import HingeGraph
import HingeOperators
import HingeProgram

/// Which steps of a program compute in float32, so that its outputs are within a bound of what they are when all do.
struct PrecisionChoice {
    /// The steps that compute in float32.
    let preciseSteps: Set<Program.StepID>
    /// The largest relative L2 error of an output that was measured with that choice.
    let relativeL2: Double
}

/// Finds a ``PrecisionChoice``: runs the program on some inputs with each step in turn, as the only one, of fewer bits, and
/// then with as many of those that contribute least as the bound allows.
///
/// Errors of independent roundings add up by their squares, so that the number of steps to begin with is near the one
/// that is found by halving.
struct PrecisionSearch {
    let program: Program
    let options: Session.Options
    let weights: WeightStore
    /// Sets of inputs, in the order of the program's.
    let samples: [[Value?]]
    /// The outputs in float32 for each set.
    private let expected: [[Value?]]

    /// The most groups of steps whose contributions are measured.
    private static let groupLimit = 128

    /// - Throws: What running the program throws.
    init(
        _ program: Program, _ options: Session.Options, _ weights: WeightStore,
        samples: [[Value?]]
    ) throws {
        self.program = program
        self.options = options
        self.weights = weights
        self.samples = samples
        let precise = PlannedProgram(program, options.forInnerPrograms, weights)
        expected = try samples.map { try precise.run($0, seed: options.seed) }
    }

    /// The choice for a bound.
    func choice(within bound: Double) throws -> PrecisionChoice {
        let all = PlannedProgram(program, options, weights)
        let error = try error(of: all, samples.count)
        let low = all.lowSteps.sorted()
        // What runs in float32 for other reasons tells nothing about the rest.
        guard !low.isEmpty, !all.isLatestCareful else {
            return PrecisionChoice(preciseSteps: Set(program.steps.indices), relativeL2: 0)
        }
        if error <= bound { return PrecisionChoice(preciseSteps: [], relativeL2: error) }
        guard bound > 0 else { return PrecisionChoice(preciseSteps: Set(low), relativeL2: 0) }
        let groups = try ranked(low)
        var squares = 0.0
        let estimate = groups.prefix {
            squares += $0.error * $0.error
            return squares <= bound * bound
        }.count
        // With none of the groups the bound holds, with all of them it doesn't.
        var (kept, exceeding) = (0, groups.count)
        var (found, middle) = (0.0, estimate)
        while exceeding - kept > 1 {
            let count = min(max(middle, kept + 1), exceeding - 1)
            let error = try self.error(with: groups.prefix(count).flatMap(\.steps), of: low)
            if error <= bound {
                (kept, found) = (count, error)
            } else {
                exceeding = count
            }
            middle = (kept + exceeding) / 2
        }
        let steps = groups.prefix(kept).flatMap(\.steps)
        return PrecisionChoice(preciseSteps: Set(low).subtracting(steps), relativeL2: found)
    }

    /// Groups of neighbouring steps with the error that each makes by itself, the least first.
    private func ranked(
        _ low: [Program.StepID]
    ) throws -> [(steps: [Program.StepID], error: Double)] {
        let length = (low.count + Self.groupLimit - 1) / Self.groupLimit
        return try stride(from: 0, to: low.count, by: length).map { start in
            let steps = Array(low[start..<min(start + length, low.count)])
            return (steps, try error(with: steps, of: low, sampleCount: 1))
        }.sorted { $0.error < $1.error }
    }

    /// The error when of the steps that may be of fewer bits only the given ones are.
    private func error(
        with steps: [Program.StepID], of low: [Program.StepID], sampleCount: Int? = nil
    ) throws -> Double {
        let planned = PlannedProgram(
            program, options, weights, preciseSteps: Set(low).subtracting(steps))
        return try error(of: planned, sampleCount ?? samples.count)
    }

    private func error(of planned: PlannedProgram, _ count: Int) throws -> Double {
        var worst = 0.0
        for (inputs, expected) in zip(samples, expected).prefix(count) {
            let found = try planned.run(inputs, seed: options.seed)
            for (a, b) in zip(found, expected) { worst = max(worst, try Self.distance(a, b)) }
        }
        return worst
    }

    /// The relative L2 error of a value; infinite where anything but finite numbers differs.
    private static func distance(_ a: Value?, _ b: Value?) throws -> Double {
        guard let found = a?.tensor, let expected = b?.tensor,
            expected.dataType.isFloatingPoint, found.shape == expected.shape
        else { return a == b ? 0 : .infinity }
        var (difference, norm) = (0.0, 0.0)
        for (x, y) in zip(try found.doubles(), try expected.doubles()) {
            if x == y || x.isNaN && y.isNaN {
                if y.isFinite { norm += y * y }
                continue
            }
            guard x.isFinite, y.isFinite else { return .infinity }
            difference += (x - y) * (x - y)
            norm += y * y
        }
        return difference == 0 ? 0 : (difference / norm).squareRoot()
    }
}

extension PrecisionChoice {
    /// The choice for a model's program.
    ///
    /// - Parameters:
    ///   - names: The names of the program's inputs, in order.
    ///   - overridden: The inputs with a default for which the caller gives a value.
    static func measured(
        _ model: Model, _ program: Program, _ names: [String], overridden: Set<String>,
        _ options: Session.Options, _ weights: WeightStore, within bound: Double
    ) -> PrecisionChoice {
        let none = PrecisionChoice(preciseSteps: Set(program.steps.indices), relativeL2: 0)
        let defaults = model.graph.initializers.filter { overridden.contains($0.name) }
        let given = Dictionary(
            defaults.map { ($0.name, Value.tensor($0.tensor)) }, uniquingKeysWith: { $1 })
        do {
            let samples = try (0..<2 as Range<UInt64>).map { seed in
                let values = try InputGenerator(seed: seed).inputs(for: model, given: given)
                return names.map { values[$0] }
            }
            return try PrecisionSearch(program, options, weights, samples: samples)
                .choice(within: bound)
        } catch {
            // What is wrong with the model is said when it runs into it.
            return none
        }
    }
}

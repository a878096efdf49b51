import HingeGraph
import HingeOperators
import HingeProgram
import HingeTransforms

/// Extents for the unknown dimensions of a model's inputs, such that the shapes of all operators fit.
///
/// Dimensions of one name have one extent, wherever they stand. The first choice is 2 for the batch and 8 for others;
/// where a node refuses that, others are tried, and the choice that gets furthest through the graph is kept.
struct ExtentChoice {
    /// A dimension whose extent is free: a name, or a place that has none.
    private enum Unknown: Hashable {
        case named(String)
        case place(input: String, index: Int)
    }

    /// What was inferred with the extents that were chosen; `nil` where inference fails with all of them.
    let inferred: InferredGraph?
    /// The shapes of the inputs, by name.
    let shapes: [String: [Int]]
    /// The extents of named dimensions.
    let named: [String: Int]

    /// The most choices that are tried, and the most nodes that are inferred meanwhile.
    private static let attemptLimit = 400
    private static let workLimit = 40_000

    /// - Parameters:
    ///   - model: A model without functions.
    ///   - inputs: The inputs to choose extents for, tensors of known rank.
    ///   - named: The extents of named dimensions that the caller chose.
    ///   - shapes: The shapes that the caller chose.
    /// - Throws: ``HingeError`` with the code `mismatch` when the chosen shapes don't fit the model's inputs.
    init(
        _ model: Model, inputs: [ValueInfo], named: [String: Int], shapes: [String: [Int]]
    ) throws {
        var search = Search(model)
        for (name, extent) in named { search.fixed[.named(name)] = extent }
        for info in inputs { try search.add(info, shapes[info.name]) }
        let result = search.run()
        self.shapes = result.shapes
        self.named = result.named
        inferred = result.inferred
    }

    /// Checks that chosen extents and shapes fit the inputs of a model.
    ///
    /// - Throws: ``HingeError`` with the code `mismatch` when they don't.
    static func check(
        _ inputs: [ValueInfo], named: [String: Int], shapes: [String: [Int]]
    ) throws {
        var search = Search(Model(graph: Graph(), opsetImports: []))
        for (name, extent) in named { search.fixed[.named(name)] = extent }
        for info in inputs { try search.add(info, shapes[info.name]) }
    }

    private struct Search {
        private let model: Model
        private var ports: [(name: String, dimensions: [Shape.Dimension])] = []
        var fixed: [Unknown: Int] = [:]
        /// The unknown dimensions that are free, in order, with the first choice for each.
        private var free: [(unknown: Unknown, extent: Int)] = []
        private var attempts = 0
        private var work = 0

        init(_ model: Model) {
            // Numbers as names tell how far an error has come.
            var model = model
            for index in model.graph.nodes.indices { model.graph.nodes[index].name = "\(index)" }
            self.model = model
        }

        mutating func add(_ info: ValueInfo, _ chosen: [Int]?) throws {
            guard let shape = info.type?.shape ?? chosen.map({ Shape($0) }) else { return }
            if let chosen { try bind(info, shape, chosen) }
            let dimensions = chosen?.map { Shape.Dimension.known($0) } ?? shape.dimensions
            ports.append((info.name, dimensions))
        }

        private mutating func bind(_ info: ValueInfo, _ shape: Shape, _ chosen: [Int]) throws {
            func mismatch(_ rule: String = "") -> HingeError {
                HingeError(
                    .mismatch,
                    "expected a shape that fits \(shape)\(rule), found \(Shape(chosen))",
                    at: [.value(info.name)])
            }
            guard chosen.count == shape.rank else { throw mismatch() }
            for (dimension, extent) in zip(shape.dimensions, chosen) {
                switch dimension {
                case .known(let known) where known != extent: throw mismatch()
                case .symbolic(let name):
                    if let bound = fixed[.named(name)], bound != extent {
                        throw mismatch(", where \(name) is \(bound)")
                    }
                    fixed[.named(name)] = extent
                default: break
                }
            }
        }

        private func unknown(
            _ dimension: Shape.Dimension, _ name: String, _ index: Int
        ) -> Unknown? {
            switch dimension {
            case .known: nil
            case .symbolic(let name): .named(name)
            case .computed, .unknown: .place(input: name, index: index)
            }
        }

        mutating func run() -> (
            shapes: [String: [Int]], named: [String: Int], inferred: InferredGraph?
        ) {
            for port in ports {
                for (index, dimension) in port.dimensions.enumerated() {
                    guard let unknown = unknown(dimension, port.name, index),
                        fixed[unknown] == nil, !free.contains(where: { $0.unknown == unknown })
                    else { continue }
                    free.append((unknown, index == 0 ? 2 : 8))
                }
            }
            let first = free.map(\.extent)
            var best = first
            var (progress, inferred) = attempt(first)
            if inferred == nil, !free.isEmpty {
                for candidate in candidates(first)
                where inferred == nil && work < ExtentChoice.workLimit {
                    let outcome = attempt(candidate)
                    if outcome.progress > progress {
                        (best, progress) = (candidate, outcome.progress)
                    }
                    inferred = outcome.inferred
                    if inferred != nil { best = candidate }
                }
            }
            while inferred == nil, !free.isEmpty {
                guard let step = improve(best, progress) else { break }
                (best, progress, inferred) = step
            }
            return (shapes(best), named(best), inferred)
        }

        private func named(_ extents: [Int]) -> [String: Int] {
            let chosen = Dictionary(
                zip(free.map(\.unknown), extents), uniquingKeysWith: { first, _ in first })
            var named: [String: Int] = [:]
            for case (.named(let name), let extent) in fixed.merging(
                chosen, uniquingKeysWith: { $1 })
            {
                named[name] = extent
            }
            return named
        }

        /// Choices that suit many models: all but the batch larger, and all of one extent.
        private func candidates(_ first: [Int]) -> [[Int]] {
            [16, 32, 64, 128, 224, 4, 2, 1].flatMap { extent in
                [first.map { $0 == 8 ? extent : $0 }, first.map { _ in extent }]
            }
        }

        /// Another extent for one or two dimensions that gets further through the graph.
        private mutating func improve(
            _ extents: [Int], _ progress: Int
        ) -> ([Int], Int, InferredGraph?)? {
            let sizes = Array(Set(Array(1...32) + constantExtents() + [48, 64, 96, 128, 224, 256]))
                .sorted()
            var groups = extents.indices.map { [$0] }
            for left in extents.indices {
                groups += extents.indices.dropFirst(left + 1).map { [left, $0] }
            }
            for group in groups.prefix(32) {
                for size in sizes {
                    guard attempts < ExtentChoice.attemptLimit, work < ExtentChoice.workLimit else {
                        return nil
                    }
                    var candidate = extents
                    for index in group { candidate[index] = size }
                    guard candidate != extents else { continue }
                    let outcome = attempt(candidate)
                    if outcome.progress > progress || outcome.inferred != nil {
                        return (candidate, outcome.progress, outcome.inferred)
                    }
                }
            }
            return nil
        }

        /// The extents of weights, which inputs often have in common with them.
        private func constantExtents() -> [Int] {
            let all = model.graph.initializers.flatMap(\.tensor.shape)
            return Array(Set(all.filter { (1...1024).contains($0) }).sorted().prefix(32))
        }

        private func shapes(_ extents: [Int]) -> [String: [Int]] {
            let chosen = Dictionary(
                zip(free.map(\.unknown), extents), uniquingKeysWith: { first, _ in first })
            var shapes: [String: [Int]] = [:]
            for port in ports {
                shapes[port.name] = port.dimensions.enumerated().map { index, dimension in
                    if let extent = dimension.extent { return extent }
                    guard let unknown = unknown(dimension, port.name, index) else { return 1 }
                    return fixed[unknown] ?? chosen[unknown] ?? 1
                }
            }
            return shapes
        }

        /// How many nodes are inferred with the given extents, and what.
        private mutating func attempt(
            _ extents: [Int]
        ) -> (progress: Int, inferred: InferredGraph?) {
            attempts += 1
            do {
                let inferred = try InferTypes(inputShapes: shapes(extents).mapValues { Shape($0) })
                    .infer(model)
                work += model.graph.nodes.count
                return (model.graph.nodes.count, inferred)
            } catch let error as HingeError {
                var reached = -1
                for case .node(let name, _) in error.context where reached < 0 {
                    reached = Int(name) ?? -1
                }
                work += max(reached, 0) + 1
                return (reached, nil)
            } catch {
                return (-1, nil)
            }
        }
    }
}

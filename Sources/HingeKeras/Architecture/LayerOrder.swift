/// The order in which Keras lists the layers of a functional model, which it finds anew whenever it
/// reads one.
///
/// Weights stand in files in this order, and old readers bind them by it alone. From each output in
/// turn, calls are walked depth first through their arguments; a layer is numbered when it is first
/// met. The depth of a layer is the longest way from it to an output, in calls; deep layers come
/// first, and among those of one depth, the one with the smaller number.
struct LayerOrder {
    private let architecture: ModelArchitecture
    private var numbers: [String: Int] = [:]
    private var finished: [Call] = []

    private struct Call: Hashable {
        let layer: String
        let index: Int
    }

    /// The names of the layers of a model, in order; layers that no output needs are left out,
    /// unless they are inputs.
    static func names(_ architecture: ModelArchitecture) -> [String] {
        if architecture.isSequential { return architecture.entries.map(\.name) }
        var order = LayerOrder(architecture: architecture)
        order.walk()
        return order.sorted()
    }

    private init(architecture: ModelArchitecture) {
        self.architecture = architecture
    }

    private func parents(_ call: Call) -> [Call] {
        guard let entry = try? architecture.entry(call.layer),
            entry.calls.indices.contains(call.index)
        else { return [] }
        return entry.calls[call.index].leaves.map { Call(layer: $0.layer, index: $0.call) }
    }

    private mutating func walk() {
        var done: Set<Call> = []
        var open: Set<Call> = []
        var stack = architecture.outputs.leaves.reversed().map {
            (call: Call(layer: $0.layer, index: $0.call), isLeaving: false)
        }
        while let (call, isLeaving) = stack.popLast() {
            if isLeaving {
                open.remove(call)
                done.insert(call)
                finished.append(call)
                continue
            }
            if done.contains(call) || !open.insert(call).inserted { continue }
            if numbers[call.layer] == nil { numbers[call.layer] = numbers.count }
            stack.append((call, true))
            for parent in parents(call).reversed() { stack.append((parent, false)) }
        }
    }

    /// The calls of a functional model in the order in which Keras makes them: by depth, those of
    /// one depth from the last that was finished to the first.
    static func calls(_ architecture: ModelArchitecture) -> [(layer: String, index: Int)] {
        var order = LayerOrder(architecture: architecture)
        order.walk()
        var depths: [Call: Int] = [:]
        var layerDepths: [String: Int] = [:]
        var met: [Call] = []
        func raise(_ call: Call, to depth: Int) {
            if depths[call] == nil { met.append(call) }
            depths[call] = max(depths[call] ?? 0, depth)
        }
        for call in order.finished.reversed() {
            raise(call, to: layerDepths[call.layer] ?? 0)
            let depth = depths[call] ?? 0
            layerDepths[call.layer] = depth
            for parent in order.parents(call) { raise(parent, to: depth + 1) }
        }
        let byDepth = Dictionary(grouping: met) { depths[$0] ?? 0 }
        return byDepth.keys.sorted(by: >).flatMap { depth in
            (byDepth[depth] ?? []).map { ($0.layer, $0.index) }
        }
    }

    private func sorted() -> [String] {
        var callDepths: [Call: Int] = [:]
        var depths: [String: Int] = [:]
        var numbers = numbers
        for call in finished.reversed() {
            let depth = max(callDepths[call] ?? 0, depths[call.layer] ?? 0)
            callDepths[call] = depth
            depths[call.layer] = depth
            for parent in parents(call) {
                callDepths[parent] = max(callDepths[parent] ?? 0, depth + 1)
            }
        }
        for input in architecture.inputs.leaves where depths[input.layer] == nil {
            depths[input.layer] = 0
            numbers[input.layer] = -1
        }
        return depths.keys.sorted { left, right in
            let (leftDepth, rightDepth) = (depths[left] ?? 0, depths[right] ?? 0)
            return leftDepth == rightDepth
                ? (numbers[left] ?? 0) < (numbers[right] ?? 0) : leftDepth > rightDepth
        }
    }
}

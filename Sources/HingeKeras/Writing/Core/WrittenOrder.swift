/// The order in which Keras lists the layers of a model, which it finds anew whenever it loads one.
///
/// Files number their weights by it. A depth-first search from the outputs, arguments in order, numbers each layer when it
/// is entered. The depth of a layer is the greatest number of calls from it to an output. Deeper layers come first, and
/// among those of one depth the one with the smaller number. Inputs that nothing needs come last but for their number,
/// which is smaller than any other.
enum WrittenOrder {
    /// The order of the layers, each of which is called once.
    ///
    /// - Parameters:
    ///   - parents: The layers that each layer takes its arguments from, in the order of the arguments.
    ///   - outputs: The layers that the model's outputs come from, in order.
    ///   - inputs: The layers that are the model's inputs.
    /// - Returns: The layers that are needed, and all inputs.
    static func order(parents: [[Int]], outputs: [Int], inputs: [Int]) -> [Int] {
        var number: [Int: Int] = [:]
        var finished: Set<Int> = []
        var postorder: [Int] = []
        for output in outputs {
            var path: [(layer: Int, next: Int)] = []
            func enter(_ layer: Int) {
                if number[layer] == nil { number[layer] = number.count }
                path.append((layer, 0))
            }
            if !finished.contains(output) { enter(output) }
            while let (layer, next) = path.last {
                if next < parents[layer].count {
                    path[path.count - 1].next += 1
                    let parent = parents[layer][next]
                    if !finished.contains(parent) { enter(parent) }
                } else {
                    path.removeLast()
                    if finished.insert(layer).inserted { postorder.append(layer) }
                }
            }
        }
        var depth: [Int: Int] = [:]
        for layer in postorder.reversed() {
            let own = depth[layer, default: 0]
            depth[layer] = own
            for parent in parents[layer] { depth[parent] = max(depth[parent, default: 0], own + 1) }
        }
        for input in inputs where depth[input] == nil {
            depth[input] = 0
            number[input] = -1
        }
        // The sort is stable for unused inputs by their index.
        return depth.keys.sorted { left, right in
            let (a, b) = (depth[left, default: 0], depth[right, default: 0])
            if a != b { return a > b }
            let (m, n) = (number[left, default: 0], number[right, default: 0])
            return m != n ? m < n : left < right
        }
    }
}

import HingeGraph

/// A map of scalars, or several with the same keys, as one tensor.
package struct MapTable: Sendable {
    /// The keys, a vector of C, in ascending order.
    package let keys: Tensor
    /// The values: `[C]` of a map, `[N, C]` of a sequence of N maps.
    package let values: Tensor

    /// The table of a map or of a sequence of maps; `nil` where it isn't one, has no maps, or their keys or types differ.
    package init?(_ value: Value) {
        guard let table = try? MapTable(reading: value) else { return nil }
        self = table
    }

    private init?(reading value: Value) throws {
        switch value {
        case .map(let keys, let values): try self.init([(keys, values)], isSingle: true)
        case .sequence(let elements):
            var maps: [(Tensor, [Value])] = []
            for element in elements {
                guard case .map(let keys, let values) = element else { return nil }
                maps.append((keys, values))
            }
            try self.init(maps, isSingle: false)
        default: return nil
        }
    }

    private init?(_ maps: [(keys: Tensor, values: [Value])], isSingle: Bool) throws {
        guard let first = maps.first else { return nil }
        let order = try MapTable.order(first.keys)
        let keys = try first.keys.picking(order, [order.count])
        var all: [Value] = []
        for map in maps {
            guard map.values.count == map.keys.count else { return nil }
            let order = try MapTable.order(map.keys)
            guard try map.keys.picking(order, [order.count]) == keys else { return nil }
            all += order.map { map.values[$0] }
        }
        self.keys = keys
        values = try Tensor.stack(all, like: .float32)
            .reshaped(to: isSingle ? [keys.count] : [maps.count, keys.count])
    }

    /// The places of the keys in ascending order.
    private static func order(_ keys: Tensor) throws -> [Int] {
        if let words = keys.strings {
            return words.indices.sorted {
                words[$0].bytes.lexicographicallyPrecedes(words[$1].bytes)
            }
        }
        let numbers = try keys.integers()
        return numbers.indices.sorted { numbers[$0] < numbers[$1] }
    }
}

extension Tensor {
    /// The elements at the given places of a tensor.
    fileprivate func picking(_ places: [Int], _ shape: [Int]) throws -> Tensor {
        var context = EvaluationContext(inputs: [])
        try context.pick(places, of: self, shape)
        guard let result = context.outputs[0]?.tensor else {
            throw HingeError(.internalError, "a movement gave nothing")
        }
        return result
    }
}

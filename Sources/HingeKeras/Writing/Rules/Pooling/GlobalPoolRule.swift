import HingeGraph
import HingeOperators

/// `GlobalAveragePool` as `GlobalAveragePooling1D`, `…2D` or `…3D` that keeps the dimensions.
struct GlobalAveragePoolRule: OperatorRule {
    func write(_ operator: GlobalAveragePool, _ node: NodeWriting) throws -> [KerasTensor] {
        [try node.globalPool(globalAveragePooling)]
    }
}

/// `GlobalMaxPool` as `GlobalMaxPooling1D`, `…2D` or `…3D` that keeps the dimensions.
struct GlobalMaxPoolRule: OperatorRule {
    func write(_ operator: GlobalMaxPool, _ node: NodeWriting) throws -> [KerasTensor] {
        [try node.globalPool(globalMaxPooling)]
    }
}

extension NodeWriting {
    fileprivate func globalPool(
        _ make: (_ spatialRank: Int, _ keepsDimensions: Bool) -> any KerasLayer
    ) throws -> KerasTensor {
        let x = try tensor(0)
        guard isChannelsLast, (3...5).contains(x.rank) else { throw requirement() }
        return try layer(make(x.rank - 2, true), x, giving: try output())
    }
}

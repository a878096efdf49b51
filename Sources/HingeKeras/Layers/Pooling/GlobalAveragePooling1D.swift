import HingeGraph
import HingeOperators

/// The mean of the elements at all positions of `[N, steps, C]`, N the batch and C the channels:
/// `[N, C]`.
///
/// Steps that a mask leaves out don't count.
///
/// Source: Keras `GlobalAveragePooling1D`.
struct GlobalAveragePooling1DLayer: GlobalPoolingLayer {
    static let className = "GlobalAveragePooling1D"
    static let spatialRank = 1
    var dataFormat = DataFormat.channelsLast
    var keepsDimensions = false

    func pooling(over axes: [Int], keepsDimensions: Bool) -> any Operator {
        ReduceMean(axes: axes, keepsDimensions: keepsDimensions)
    }

    func build(_ call: LayerCall, _ context: LayerContext) throws -> [KerasValue] {
        let input = try call.input()
        guard let mask = input.mask else {
            return [KerasValue(try pooled(input.operand, context))]
        }
        let x = input.operand
        let type = try context.dataType(x)
        let axis = dataFormat == .channelsLast ? 2 : 1
        let numbers = try context.append(Cast(to: type), context.boolean(mask), as: "mask")
        let weights = try context.append(Unsqueeze(axes: [axis]), numbers, as: "weights")
        let product = try context.append(Mul(), x, weights, as: "masked")
        let sum = ReduceSum(axes: spatialAxes, keepsDimensions: keepsDimensions)
        let total = try context.append(sum, product, as: "total")
        let count = try context.append(sum, weights, as: "count")
        return [KerasValue(try context.append(Div(), total, count))]
    }
}

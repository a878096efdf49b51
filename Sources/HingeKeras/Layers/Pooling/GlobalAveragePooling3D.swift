import HingeOperators

/// The mean of the elements at all positions of `[N, depth, height, width, C]`, N the batch and C
/// the channels: `[N, C]`.
///
/// Source: Keras `GlobalAveragePooling3D`.
struct GlobalAveragePooling3DLayer: GlobalPoolingLayer {
    static let className = "GlobalAveragePooling3D"
    static let spatialRank = 3
    var dataFormat = DataFormat.channelsLast
    var keepsDimensions = false

    func pooling(over axes: [Int], keepsDimensions: Bool) -> any Operator {
        ReduceMean(axes: axes, keepsDimensions: keepsDimensions)
    }
}

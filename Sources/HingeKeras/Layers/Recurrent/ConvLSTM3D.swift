/// A convolutional long short-term memory along `[N, T, depth, height, width, C]`, N the batch, T
/// the times and C the channels.
///
/// Source: Keras `ConvLSTM3D`; the variables are those of the cell.
struct ConvLSTM3DLayer: RecurrentLayer {
    var settings: RecurrentSettings
    /// What happens at one step.
    var step: ConvLSTMCell
}

extension ConvLSTM3DLayer {
    static let className = "ConvLSTM3D"

    init(_ config: ConfigReader) throws {
        settings = try RecurrentSettings(config)
        step = try ConvLSTMCell(config, rank: 3)
    }

    var cell: any RecurrentCell { step }

    func write(_ config: inout ConfigWriter) {
        step.write(&config)
        settings.write(&config)
    }
}

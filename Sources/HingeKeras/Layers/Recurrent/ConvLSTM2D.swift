/// A convolutional long short-term memory along `[N, T, height, width, C]`, N the batch, T the
/// times and C the channels.
///
/// Source: Keras `ConvLSTM2D`; the variables are those of the cell.
struct ConvLSTM2DLayer: RecurrentLayer {
    var settings: RecurrentSettings
    /// What happens at one step.
    var step: ConvLSTMCell
}

extension ConvLSTM2DLayer {
    static let className = "ConvLSTM2D"

    init(_ config: ConfigReader) throws {
        settings = try RecurrentSettings(config)
        step = try ConvLSTMCell(config, rank: 2)
    }

    var cell: any RecurrentCell { step }

    func write(_ config: inout ConfigWriter) {
        step.write(&config)
        settings.write(&config)
    }
}
